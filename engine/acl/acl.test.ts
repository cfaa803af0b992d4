import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommandServer } from '../../test/support/command-server.ts';
import { flagBit } from '../commands/flags.ts';
import { followConfigSet } from './start.ts';
import { checkUserLine } from './user-line.ts';

const keyDenied = '-NOPERM this user has no permissions to access one of the keys used as arguments\r\n';

/** A server whose connection 0 belongs to a user with the given rules. */
async function serverFor(...rules: string[]) {
  const server = new CommandServer();
  const ask = async (line: string) => (await server.call(line.split(' '))).toString('latin1');
  assert.equal(
    server.acl.users.set('u', ['on', 'nopass', ...rules], () => {}),
    '',
  );
  assert.equal(await ask('auth u x'), '+OK\r\n');
  return { server, ask };
}

describe('permissions', () => {
  it('commands without keys or channels are free for a user with few keys', async () => {
    const { server } = await serverFor('+@all', '-config|set', '~a', '&a');
    const free = (name: string) => server.acl.users.get('u')?.free[server.acl.commands.find(name)?.id ?? -1];
    assert.equal(free('ping'), 1);
    assert.equal(free('config|get'), 1);
    for (const name of ['get', 'config|set', 'sort', 'geosearchstore']) assert.equal(free(name), 0, name);
    server.acl.users.set('u', ['allkeys', 'allchannels'], () => {});
    for (const { id, fullName } of server.acl.commands.entries) {
      assert.equal(server.acl.users.get('u')?.free[id], fullName === 'config|set' ? 0 : 1, fullName);
    }
  });

  it('every command with keys is refused for a key that is forbidden', async () => {
    const { server } = await serverFor('+@all', '~allowed');
    for (const entry of server.acl.commands.entries) {
      if (!entry.hasKeys || entry.spec.keySpecs.length === 0) continue;
      assert.equal(server.acl.users.get('u')?.free[entry.id], 0, entry.fullName);
    }
  });

  it('what is written besides the keys of the specifications must be allowed too', async () => {
    const { ask } = await serverFor('+@all', '~a', '~src');
    assert.equal(await ask('georadius src 1 2 3 m store b store a'), keyDenied);
    assert.equal(await ask('georadius src 1 2 3 m store a store b'), keyDenied);
    assert.equal(await ask('georadius src 1 2 3 m store a storedist b'), keyDenied);
    assert.equal(await ask('georadius src 1 2 3 m store storedist'), keyDenied);
    assert.equal(await ask('georadius other 1 2 3 m'), keyDenied);
    assert.equal(await ask('georadius src 1 2 3 m store a'), ':0\r\n');
    assert.equal(await ask('sort src store a store b'), keyDenied);
    assert.equal(await ask('sort_ro other'), keyDenied);
    assert.equal(await ask('xreadgroup count 1 group g streams streams other >'), keyDenied);
  });

  it('of a path its first name is the key', async () => {
    const { ask } = await serverFor('+@all', '~a', '~b.*');
    assert.equal(await ask('keydb.nhset b.c 1'), keyDenied);
    assert.equal(await ask('keydb.nhget json b.c'), keyDenied);
    assert.equal(await ask('keydb.nhset b 1'), keyDenied);
    assert.doesNotMatch(await ask('keydb.nhget a.b'), /NOPERM/);
    assert.doesNotMatch(await ask('keydb.nhget json a.b.c'), /NOPERM/);
  });

  it('patterns that permit nothing are refused (CVE-2024-51741)', () => {
    const { acl } = new CommandServer();
    for (const rule of ['%~', '%', '%~a', '(%~a)']) {
      assert.match(
        acl.users.set('u', [rule], () => {}),
        /Syntax error$/,
        rule,
      );
    }
    assert.equal(acl.users.get('u'), undefined);
  });

  it('rules are read back as they were written', () => {
    const { acl } = new CommandServer();
    for (const rules of [
      ['%RW~*', '~a'],
      ['+select|0', '+select|1', '-@all', '+select|0'],
      ['on', '>x', '~a*', '%R~b', '&c', '+@read', '-get', '(+get ~x)', '(+@all allkeys allchannels)'],
    ]) {
      assert.equal(
        acl.users.set('u', ['reset', ...rules], () => {}),
        '',
      );
      const line = acl.users.get('u')?.describe() ?? '';
      assert.equal(
        acl.users.set('copy', ['reset', ...line.split(' ')], () => {}),
        '',
        line,
      );
      assert.equal(acl.users.get('copy')?.describe(), line);
    }
  });

  it('before logging in only what everybody may do', async () => {
    const server = new CommandServer();
    followConfigSet(server.acl, [['requirepass', 'sesame']]);
    server.acl.welcome(server.session());
    for (const { id, bits, fullName } of server.acl.commands.entries) {
      const expected = (bits & flagBit.no_auth) === 0 ? 0 : 1;
      assert.equal(server.session().acl.free[id], expected, fullName);
    }
    const ask = async (line: string) => (await server.call(line.split(' '))).toString('latin1');
    assert.equal(await ask('get a'), '-NOAUTH Authentication required.\r\n');
    followConfigSet(server.acl, [['requirepass', '']]);
    assert.equal(await ask('get a'), '$-1\r\n');
    server.acl.users.set('default', ['-get'], () => {});
    server.acl.settle();
    assert.match(await ask('get a'), /^-NOPERM/);
    assert.equal(await ask('set a 1'), '+OK\r\n');
    server.acl.expel(server.session());
    assert.equal(await ask('set a 1'), '+OK\r\n');
  });

  it('a line of redis.conf is checked without the commands', () => {
    assert.equal(checkUserLine(['u', 'on', '+nosuch', '+@nosuch', '(+get', '~a)'], []), undefined);
    assert.match(checkUserLine(['u'], ['u']) ?? '', /Duplicate user/);
    assert.match(checkUserLine(['u', '(+get'], []) ?? '', /Unmatched parenthesis/);
    assert.equal(
      checkUserLine(['u', '<secret'], []),
      "Error in user declaration '(redacted)': The password you are trying to remove from the user does not exist",
    );
  });
});
