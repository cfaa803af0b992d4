/** What `scripts/build.mjs` makes of a page's entry point: its code and its style, bundled, as text that no file or host is needed for. */
declare module 'page:*' {
  export const script: string;
  export const style: string;
}
