import type { Curve, CurvePoint } from '../plan.ts';

/** The curves in the order in which both reports draw and name them. */
export function inOrder(curves: readonly Curve[]): Curve[] {
  const order: readonly Curve['policy'][] = ['server', 's3-fifo', 'lru', 'belady'];
  return order.flatMap((policy) => curves.filter((curve) => curve.policy === policy && curve.points.length > 0));
}

/** The curve at any size, between its points by the size's logarithm; undefined outside of them. Points ascend by size. */
export function curveAt(curve: Curve, ramBytes: number): CurvePoint | undefined {
  const slack = 1e-9;
  const after = curve.points.findIndex((point) => point.ramBytes >= ramBytes * (1 - slack));
  const right = curve.points[after];
  if (right === undefined) return undefined;
  if (right.ramBytes <= ramBytes * (1 + slack)) return { ...right, ramBytes };
  const left = curve.points[after - 1];
  if (left === undefined) return undefined;
  const share = Math.log(ramBytes / left.ramBytes) / Math.log(right.ramBytes / left.ramBytes);
  const error =
    left.error === undefined || right.error === undefined ? undefined : mixed(left.error, right.error, share);
  return { ramBytes, missRatio: mixed(left.missRatio, right.missRatio, share), error };
}

function mixed(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
