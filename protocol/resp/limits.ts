/** Limits of the request protocol, as redis-server 7.0.15 has them. */

/** Longest inline request, and longest line that announces a count or a length, in bytes. */
export const MAX_LINE_BYTES = 64 * 1024;
/** Most arguments of a request whose client has not authenticated yet. */
export const UNAUTHENTICATED_MAX_ARGUMENTS = 10;
/** Longest argument of a request whose client has not authenticated yet, in bytes. */
export const UNAUTHENTICATED_MAX_BULK_BYTES = 16384;
/** Most arguments of any request. */
export const MAX_ARGUMENTS = 0x7fffffff;
/** Default of `proto-max-bulk-len`, in bytes. */
export const DEFAULT_MAX_BULK_BYTES = 512 * 1024 * 1024;
/** Most bytes of one request: its spans are 32-bit. `client-query-buffer-limit` (1 GiB by default) ends a client earlier. */
export const MAX_REQUEST_BYTES = 0x7ff00000;
/** What a partial request's buffer may jump to at once because a length was declared; from there on it doubles. */
export const PENDING_JUMP_BYTES = 64 * 1024;
