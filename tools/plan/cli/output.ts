import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Plan } from '../plan.ts';
import { PlanError } from '../plan-error.ts';
import { htmlReport } from '../report/html.ts';
import { planJson } from '../report/json.ts';
import { textReport } from '../report/text/report.ts';
import type { Surroundings } from './command.ts';
import type { Flags, ParsedFlags } from './flags.ts';
import { parseCount } from './units.ts';

export const outputFlags: Flags = {
  json: { help: 'print the plan as JSON instead of text' },
  html: { value: 'FILE', help: 'also write a page with interactive charts' },
  width: { value: 'COLUMNS', help: 'of the text; else those of the terminal' },
  quiet: { help: 'no progress bar' },
};

/** Where a plan goes, checked before the work begins. */
export interface Output {
  readonly json: boolean;
  readonly html: string | undefined;
  readonly width: number | undefined;
}

const MIN_WIDTH = 40;
const MAX_WIDTH = 1000;

/** @throws PlanError when the page cannot be written where it should be, or would take the place of `inputs` */
export function readOutput(flags: ParsedFlags, inputs: readonly string[]): Output {
  const width = flags.text('width');
  const html = flags.text('html');
  if (html !== undefined) checkWritable('--html', html, inputs);
  return {
    json: flags.has('json'),
    html,
    width: width === undefined ? undefined : parseCount(width, '--width', MIN_WIDTH, MAX_WIDTH),
  };
}

/** @throws PlanError when `file` cannot be written, or is one of `inputs`. Nothing is written yet. */
export function checkWritable(what: string, file: string, inputs: readonly string[]): void {
  if (inputs.some((input) => resolve(input) === resolve(file)))
    throw new PlanError(`${what}: ${file} is the input; choose another name`);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new PlanError(`${what}: ${file} is a directory; name a file`);
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch {
    throw new PlanError(`${what}: no file can be written in ${dirname(resolve(file))}`);
  }
}

/** Prints the plan and writes its page. @throws PlanError */
export function putOut(plan: Plan, output: Output, surroundings: Surroundings): void {
  const { html, json } = output;
  if (html !== undefined) writeWhole(html, htmlReport(plan));
  const width = Math.max(MIN_WIDTH, output.width ?? surroundings.width);
  surroundings.print(json ? planJson(plan) : textReport(plan, { width, colour: surroundings.colour }));
  if (html !== undefined) surroundings.tell(`The page with charts is ${html}`);
}

/** Under another name first, so that no half of a file stays behind. @throws PlanError */
export function writeWhole(file: string, text: string): void {
  const part = `${file}.${process.pid}.part`;
  try {
    writeFileSync(part, text, { flag: 'wx' });
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw new PlanError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
