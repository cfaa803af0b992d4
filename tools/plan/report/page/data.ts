import type { Plan } from '../../plan.ts';

/** The plan that the page carries: what `--json` prints, with its nulls as they were. */
export function readPlan(): Plan {
  const text = document.getElementById('plan')?.textContent;
  if (!text) throw new Error('the page carries no plan');
  return JSON.parse(text, (name, value) =>
    value !== null ? value : name === 'to' ? Number.POSITIVE_INFINITY : undefined,
  );
}
