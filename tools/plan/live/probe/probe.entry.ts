// The process that measures a device: started by probe.ts, its task as the only argument.
import { PlanError } from '../../plan-error.ts';
import { measure } from './measure.ts';
import type { FromProbe, ProbeTask } from './messages.ts';

const PROGRESS_MS = 100;
const reader = new URL('./reader.entry.js', import.meta.url);

const tell = (message: FromProbe) => process.send?.(message);
// Who started this is gone: nobody wants the figures, and the file has no name.
process.once('disconnect', () => process.exit(1));

let toldAtMs = 0;
try {
  const result = await measure(JSON.parse(process.argv[2] ?? '') as ProbeTask, reader, (share, doing) => {
    const nowMs = performance.now();
    if (nowMs - toldAtMs < PROGRESS_MS && share < 1) return;
    toldAtMs = nowMs;
    tell({ kind: 'progress', share, doing });
  });
  tell({ kind: 'done', result });
} catch (error) {
  const isOperating = error instanceof PlanError || (error instanceof Error && 'code' in error);
  if (!isOperating) throw error;
  tell({ kind: 'failed', message: error.message });
}
process.removeAllListeners('disconnect');
process.disconnect?.();
