import { createHash } from 'node:crypto';
import { script, style } from 'page:tools/plan/report/page/page.ts';
import type { Plan } from '../plan.ts';
import { planValue } from './json.ts';

/**
 * The plan as one page that needs no other file and asks no host: its script, its style and its figures are in it, and its content security policy
 * allows nothing else. What comes from outside (names) is data for the script, which shows it as text.
 */
export function htmlReport(plan: Plan): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  // In JSON `<` stands in strings only. As an escape it cannot end the element, or begin a comment in it.
  const data = JSON.stringify(planValue(plan)).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>Capacity plan</title>
<style>${style}</style>
</head>
<body>
<noscript>This page draws its charts by a script that it carries; please allow it. The plan's figures are in its source as JSON.</noscript>
<script type="application/json" id="plan">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
