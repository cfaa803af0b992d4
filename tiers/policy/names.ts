/** What `tier-policy` may say: how objects that are to leave RAM are chosen. `live-policy.ts` has what the names mean. */
export const tierPolicyNames = ['adaptive', 's3-fifo', 'sieve', 'w-tinylfu', 'lru', 'lfu'] as const;

export type TierPolicyName = (typeof tierPolicyNames)[number];
