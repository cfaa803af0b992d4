/** Style sheets that the page's code imports: esbuild gathers them into the page's one style. */
declare module '*.css';
