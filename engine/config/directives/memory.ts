import { choice, flag, INT_MAX, integer, LLONG_MAX, memory, ULLONG_MAX } from '../kinds.ts';

/** The hot tier's bound, eviction, and how deletions give memory back. */
export const memoryDirectives = {
  maxmemory: memory(0, ULLONG_MAX, {
    default: '0',
    defaultNote: '0 (with a cold tier: a quarter of the RAM)',
    about: 'Bytes of the hot tier; above it keys are demoted or evicted.',
  }),
  'maxmemory-policy': choice(
    [
      'volatile-lru',
      'volatile-lfu',
      'volatile-random',
      'volatile-ttl',
      'allkeys-lru',
      'allkeys-lfu',
      'allkeys-random',
      'noeviction',
    ],
    {
      default: 'noeviction',
      about: 'Which keys go when memory is full; with a cold tier `noeviction` demotes and drops nothing.',
    },
  ),
  'maxmemory-samples': integer(1, INT_MAX, {
    default: '5',
    later: 'not applicable',
    about: 'Keys looked at per eviction in Redis.',
  }),
  'maxmemory-eviction-tenacity': integer(0, 100, {
    default: '10',
    later: 'not applicable',
    about: 'How long an eviction round may take.',
  }),
  'lfu-log-factor': integer(0, INT_MAX, {
    default: '10',
    about: 'How slowly the frequency counter saturates.',
  }),
  'lfu-decay-time': integer(0, INT_MAX, {
    default: '1',
    about: 'Minutes without a use after which the frequency counter loses one.',
  }),
  'active-expire-effort': integer(1, 10, { default: '1', about: 'How much work goes into finding expired keys.' }),
  'lazyfree-lazy-eviction': flag({
    default: 'no',
    later: 'not applicable',
    about: 'Large evicted collections are freed in the background, whatever this says.',
  }),
  'lazyfree-lazy-expire': flag({
    default: 'no',
    later: 'not applicable',
    about: 'Large expired collections are freed in the background, whatever this says.',
  }),
  'lazyfree-lazy-server-del': flag({
    default: 'no',
    later: 'not applicable',
    about: 'Large overwritten collections are freed in the background, whatever this says.',
  }),
  'lazyfree-lazy-user-del': flag({
    default: 'no',
    later: 'not applicable',
    about: 'DEL always behaves as UNLINK: large collections are freed in the background.',
  }),
  'lazyfree-lazy-user-flush': flag({ default: 'no', about: 'FLUSHALL and FLUSHDB are ASYNC unless told otherwise.' }),
  activerehashing: flag({ default: 'yes', later: 'not applicable', about: 'Spend idle time on rehashing.' }),
  activedefrag: flag({
    default: 'no',
    about: 'Move values to fight fragmentation: see active-defrag-threshold-lower.',
  }),
  'active-defrag-cycle-max': integer(1, 99, {
    default: '25',
    about: 'Most CPU percent of defragmentation.',
  }),
  'active-defrag-cycle-min': integer(1, 99, {
    default: '1',
    about: 'Least CPU percent of defragmentation.',
  }),
  'active-defrag-ignore-bytes': memory(1, LLONG_MAX, {
    default: '104857600',
    about: 'Waste below which nothing is moved.',
  }),
  'active-defrag-max-scan-fields': integer(1, LLONG_MAX, {
    default: '1000',
    later: 'not applicable',
    about: 'Fields visited at once.',
  }),
  'active-defrag-threshold-lower': integer(0, 1000, {
    default: '10',
    about: 'Percent of waste that starts it.',
  }),
  'active-defrag-threshold-upper': integer(0, 1000, {
    default: '100',
    about: 'Percent of waste at which it uses its most CPU.',
  }),
  'jemalloc-bg-thread': flag({ default: 'yes', later: 'not applicable', about: "jemalloc's purging thread." }),
  'oom-score-adj': choice(['no', 'yes', 'relative', 'absolute'], {
    default: 'no',
    later: 'process',
    about: "Adjust the kernel's OOM score.",
  }),
} as const;
