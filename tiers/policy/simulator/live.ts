import { assert } from '../../base/assert.ts';
import { asHandle } from '../../memory/handle.ts';
import { createSharedMemory } from '../../memory/shared-memory.ts';
import { GhostTable, ghostBytesFor } from '../ghost-table.ts';
import { HotQueues, QUEUE_MAIN, QUEUE_SMALL, queuesBytesFor } from '../hot-queues.ts';
import { EVICT, type HotPolicy, NOT_ADMITTED } from '../policy.ts';
import { SeededRandom } from '../random.ts';
import { ADMISSION_SHARE, MAX_FREQUENCY, S3FifoPolicy } from '../s3-fifo.ts';
import type { Simulator } from './simulator.ts';

const NOT_HERE = 0;

/**
 * The live structures (queues in shared memory, policy, ghost table) driven as a simulator by one thread: objects of one byte, made-up
 * handles, every miss treated as a promotion. What it shows beside the pure simulator is what fingerprints, full buckets and
 * counting objects cost.
 */
export class LiveSimulator implements Simulator {
  readonly name: string;
  private readonly capacity: number;
  private readonly policy: HotPolicy;
  private readonly queues: HotQueues;
  private readonly places: Uint32Array;
  private readonly frequency: Uint8Array;
  private readonly positions: Int32Array;
  private readonly checks: Int32Array;
  private held = 0;

  /** The ghost table is as large as it would be for objects of `objectBytes`, block and index entry included. */
  constructor(capacity: number, objects: number, objectBytes = 512, admissionShare = ADMISSION_SHARE, seed = 1) {
    this.capacity = capacity;
    this.policy = new S3FifoPolicy(new GhostTable(ghostBytesFor(capacity * objectBytes)), admissionShare);
    this.name = `live ${this.policy.name}`;
    const queuesBytes = queuesBytesFor(capacity * 48);
    this.queues = new HotQueues(
      createSharedMemory({ arenaBytes: 1, limitBytes: 1, databases: 1, tablesBytes: 64, queuesBytes }),
      0,
    );
    this.places = new Uint32Array(objects);
    this.frequency = new Uint8Array(objects);
    const random = new SeededRandom(seed);
    this.positions = Int32Array.from({ length: objects }, () => random.bits());
    this.checks = Int32Array.from({ length: objects }, () => random.bits());
  }

  access(object: number, bytes: number): boolean {
    assert(bytes === 1, 'the live twin takes objects of one size');
    const { frequency, places, policy } = this;
    if (places[object] !== NOT_HERE) {
      frequency[object] = Math.min(MAX_FREQUENCY, (frequency[object] ?? 0) + 1);
      return true;
    }
    const full = this.held >= this.capacity;
    const placement = policy.placement(this.positions[object] ?? 0, this.checks[object] ?? 0);
    if (placement === NOT_ADMITTED && full) return false;
    const queue = placement === QUEUE_MAIN ? QUEUE_MAIN : QUEUE_SMALL;
    while (this.held >= this.capacity) this.judgeNext();
    places[object] = this.queues.add(queue, asHandle(object + 1));
    frequency[object] = 0;
    this.held++;
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
    const judgement = policy.judge(taken, this.frequency[object] ?? 0);
    if (judgement === EVICT) {
      policy.forget(taken, this.positions[object] ?? 0, this.checks[object] ?? 0);
      places[object] = NOT_HERE;
      this.held--;
      return;
    }
    this.frequency[object] = judgement;
    places[object] = queues.add(QUEUE_MAIN, handle);
  }
}
