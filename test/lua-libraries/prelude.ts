/**
 * Lua that turns what a call returned or raised into one string, the same on every server: numbers with all their digits, tables in the
 * order in which `pairs` finds their keys where Lua decides that by contents and history alone, else sorted.
 */
export const PRELUDE = `
local function show(v, depth)
  local kind = type(v)
  if kind == 'number' then
    if v ~= v then return 'nan' end
    return string.format('%.17g', v)
  end
  if kind == 'string' then return '"' .. #v .. ':' .. v .. '"' end
  if kind == 'nil' or kind == 'boolean' then return tostring(v) end
  if kind == 'userdata' then return v == cjson.null and 'null' or 'userdata' end
  if kind ~= 'table' then return kind end
  if depth > 40 then return '...' end
  local parts = {}
  local ordered = true
  for k, item in pairs(v) do
    if type(k) ~= 'number' and (type(k) ~= 'string' or #k > 31) then ordered = false end
    parts[#parts + 1] = show(k, depth + 1) .. '=' .. show(item, depth + 1)
  end
  if not ordered then table.sort(parts) end
  return '{' .. table.concat(parts, ',') .. '}'
end
local function results(ok, ...)
  local parts = {}
  for i = 1, select('#', ...) do parts[i] = show((select(i, ...)), 0) end
  return (ok and 'ok ' or 'error ') .. table.concat(parts, ' ')
end
local out = {}
local function case(f) out[#out + 1] = results(pcall(f)) end
local function nest(open, close, depth) return open:rep(depth) .. close:rep(depth) end
local function deep(depth, make)
  local t = {}
  for i = 1, depth do t = make(t) end
  return t
end
local json = cjson.new()
local pack, unpack_one, unpack_limit = cmsgpack.pack, cmsgpack.unpack_one, cmsgpack.unpack_limit
`;

/** What a script of cases answers: their results, each behind its length. */
export const POSTLUDE = `
for i = 1, #out do out[i] = #out[i] .. ' ' .. out[i] end
return table.concat(out)
`;

/** One script that runs all cases (each the body of a Lua function). */
export function scriptOf(cases: readonly string[]): string {
  return `${PRELUDE}${cases.map((body) => `case(function() ${body} end)`).join('\n')}${POSTLUDE}`;
}

/** The results in what such a script answered. */
export function resultsIn(answer: Buffer): Buffer[] {
  const results: Buffer[] = [];
  for (let at = 0; at < answer.length; ) {
    const space = answer.indexOf(0x20, at);
    const length = Number(answer.toString('latin1', at, space));
    results.push(answer.subarray(space + 1, space + 1 + length));
    at = space + 1 + length;
  }
  return results;
}
