/**
 * Which thread should serve a connection that `self` has just accepted. The kernel spreads connections over the listening
 * threads by hash, which is uneven for a few dozen; whoever got clearly more than the least loaded thread passes it on.
 * The slack keeps most connections where they are: passing one on costs about 100 µs once.
 *
 * @param clients connections per thread, not counting this one
 */
export function placeConnection(clients: Int32Array, self: number): number {
  let least = self;
  let total = 0;
  for (let thread = 0; thread < clients.length; thread++) {
    const count = Atomics.load(clients, thread);
    total += count;
    if (count < Atomics.load(clients, least)) least = thread;
  }
  const slack = 1 + Math.floor(total / clients.length / 8);
  return Atomics.load(clients, self) - Atomics.load(clients, least) > slack ? least : self;
}
