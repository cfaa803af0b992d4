import type { Config } from '../../engine/config/config.ts';
import { StorageAdmission } from '../../tiers/mover/admission.ts';
import type { Checkpoint } from '../../tiers/mover/checkpoint.ts';
import type { Mover } from '../../tiers/mover/mover.ts';
import { ghostBytesFor } from '../../tiers/policy/ghost-table.ts';
import { maxmemoryPolicy } from '../../tiers/policy/maxmemory-policy.ts';
import type { HotPolicy } from '../../tiers/policy/policy.ts';
import type { LogLevel } from '../messages.ts';
import { hotTierBytes } from '../shared.ts';

/** Follows `storage-admission` and `maxmemory-policy`; says in the log when the two do not go together. */
export function admitToStorage(
  config: Config,
  log: (level: LogLevel, text: string) => void,
  mover: Mover,
  checkpoint: Checkpoint,
  policy: HotPolicy,
): void {
  const admission = new StorageAdmission();
  admission.policyName = () => policy.name;
  mover.setAdmission(admission);
  checkpoint.admission = admission;
  let said = '';
  const complain = (why: string): void => {
    if (why !== said && why !== '') log('warning', why);
    said = why;
  };
  const follow = (): void => {
    const losing = maxmemoryPolicy(config.values['maxmemory-policy']);
    const setting = config.values['storage-admission'];
    const scope = losing?.delete === true ? losing.scope : undefined;
    admission.configure(setting, scope, ghostBytesFor(hotTierBytes(config)));
    const noEffect = `storage-admission ${setting} has no effect:`;
    if (setting === 'all') complain('');
    else if (scope === undefined) complain(`${noEffect} maxmemory-policy noeviction loses nothing`);
    else if (config.values['storage-cache-mode'] !== 'writethrough') complain('');
    else complain(`${noEffect} with writethrough everything is written at once`);
  };
  config.watch('storage-admission', follow);
  config.watch('maxmemory-policy', follow);
}
