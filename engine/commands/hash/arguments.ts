import type { ArgumentSpec } from '../spec.ts';

/** Arguments that most commands of the family have. */
export const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
export const field: ArgumentSpec = { name: 'field', type: 'string' };
export const value: ArgumentSpec = { name: 'value', type: 'string' };
export const fieldsAndValues: ArgumentSpec = {
  name: 'field_value',
  type: 'block',
  multiple: true,
  arguments: [field, value],
};
