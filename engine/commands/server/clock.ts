/** A drift beyond this between the two clocks means that the system's was set. */
const maxDriftMs = 2;
let offsetMs = performance.timeOrigin;

/** Microseconds since 1970: the finer clock, kept with the system's. */
export function clockMicroseconds(): bigint {
  const systemMs = Date.now();
  const fineMs = performance.now();
  if (Math.abs(offsetMs + fineMs - systemMs) > maxDriftMs) offsetMs = systemMs - fineMs;
  return BigInt(Math.floor((offsetMs + fineMs) * 1000));
}
