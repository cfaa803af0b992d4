import { assert } from '../../base/assert.ts';
import { asHandle } from '../../memory/handle.ts';
import { createSharedMemory } from '../../memory/shared-memory.ts';
import { HotQueues, QUEUE_MAIN, QUEUE_SMALL, queuesBytesFor } from '../hot-queues.ts';
import { LivePolicy } from '../live-policy.ts';
import type { TierPolicyName } from '../names.ts';
import { createPolicyMemory } from '../placer.ts';
import { EVICT, keptFrequency, keptQueue } from '../policy.ts';
import { SeededRandom } from '../random.ts';
import { MAX_FREQUENCY } from '../s3-fifo.ts';
import type { Simulator } from './simulator.ts';

const NOT_HERE = 0;

/**
 * The live structures (queues in shared memory, policy, ghost tables) driven as a simulator by one thread: made-up handles, every miss treated as
 * a promotion. What it shows beside the pure simulators is what fingerprints, full buckets and counting objects instead of bytes
 * cost.
 */
export class LiveSimulator implements Simulator {
  readonly name: string;
  private readonly capacity: number;
  private readonly policy: LivePolicy;
  private readonly queues: HotQueues;
  private readonly places: Uint32Array;
  private readonly sizes: Uint32Array;
  private readonly frequency: Uint8Array;
  private readonly positions: Int32Array;
  private readonly checks: Int32Array;
  private held = 0;

  /** The ghost tables are as large as they would be for RAM of `ramBytes`; for objects of one byte, what they would really take. */
  constructor(policy: TierPolicyName, capacity: number, objects: number, ramBytes = capacity, seed = 1) {
    this.capacity = capacity;
    this.policy = new LivePolicy(createPolicyMemory(ramBytes), policy);
    this.name = `live ${policy}`;
    const queuesBytes = queuesBytesFor(objects * 48);
    this.queues = new HotQueues(
      createSharedMemory({ arenaBytes: 1, limitBytes: 1, databases: 1, tablesBytes: 64, queuesBytes }),
      0,
    );
    this.places = new Uint32Array(objects);
    this.sizes = new Uint32Array(objects);
    this.frequency = new Uint8Array(objects);
    const random = new SeededRandom(seed);
    this.positions = Int32Array.from({ length: objects }, () => random.bits());
    this.checks = Int32Array.from({ length: objects }, () => random.bits());
  }

  access(object: number, bytes: number): boolean {
    const { frequency, places, policy, capacity } = this;
    if (places[object] !== NOT_HERE) {
      frequency[object] = Math.min(MAX_FREQUENCY, (frequency[object] ?? 0) + 1);
      return true;
    }
    if (bytes > capacity) return false;
    policy.noteUsed(this.held, capacity);
    const queue = policy.placement(this.positions[object] ?? 0, this.checks[object] ?? 0);
    while (this.held + bytes > capacity) this.judgeNext();
    places[object] = this.queues.add(queue, asHandle(object + 1));
    this.sizes[object] = bytes;
    frequency[object] = 0;
    this.held += bytes;
    return false;
  }

  /** As the mover does it: takes one object and evicts it or queues it again. */
  private judgeNext(): void {
    const { policy, queues, places } = this;
    const taken = policy.queueToTake(queues.length(QUEUE_SMALL), queues.length(QUEUE_MAIN));
    const place = queues.take(taken);
    assert(place !== 0, 'the chosen queue holds an object');
    const handle = queues.at(place);
    const object = handle - 1;
    assert(places[object] === place, 'an object knows its place');
    queues.remove(place);
    const position = this.positions[object] ?? 0;
    const check = this.checks[object] ?? 0;
    const judgement = policy.judge(taken, this.frequency[object] ?? 0, position, check);
    if (judgement === EVICT) {
      policy.forget(taken, position, check);
      places[object] = NOT_HERE;
      this.held -= this.sizes[object] ?? 0;
      return;
    }
    this.frequency[object] = keptFrequency(judgement);
    places[object] = queues.add(keptQueue(judgement), handle);
  }
}
