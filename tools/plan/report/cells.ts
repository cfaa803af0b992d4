import type { Plan, PlanCell } from '../plan.ts';

export function sameSizes(a: PlanCell, b: PlanCell): boolean {
  return a.ramBytes === b.ramBytes && a.nvmeBytes === b.nvmeBytes;
}

export function isAnswer({ answer }: Plan, cell: PlanCell): boolean {
  return answer.kind === 'cheapest' && sameSizes(answer.cell, cell);
}

/** The table's cells in its order, with the answer among them: it may lie between the sizes that were asked about. */
export function cellsWithAnswer({ cells, answer }: Plan): readonly PlanCell[] {
  if (answer.kind !== 'cheapest' || cells.some((cell) => sameSizes(cell, answer.cell))) return cells;
  return [...cells, answer.cell].sort((a, b) => a.ramBytes - b.ramBytes || a.nvmeBytes - b.nvmeBytes);
}
