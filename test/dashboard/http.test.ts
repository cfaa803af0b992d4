import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { HttpServer } from '../../threads/dashboard/http-server.ts';
import { freePort } from '../support/ports.ts';
import { TieredServer, until } from '../tiers/tiered-server.ts';
import { ask, cookieFrom, live, logIn, startDashboard } from './visit.ts';

const limits = { timeout: 120_000 };

async function withDashboard(args: readonly string[], body: (tiered: TieredServer, port: number) => Promise<void>) {
  const { tiered, port } = await startDashboard(args);
  try {
    await body(tiered, port);
    // A secret that a client has typed stands nowhere.
    assert.doesNotMatch(tiered.server.log(), /hunter|stratakv_\d+=/);
  } finally {
    await tiered.stop();
  }
}

test(
  'without a password for the default user figures are for whoever comes to the machine by its address',
  limits,
  async () => {
    await withDashboard([], async (tiered, port) => {
      await tiered.call('SET', 'evil\u001b[31m\u202e', 'v');
      await tiered.pipeline(Array.from({ length: 20_000 }, () => ['GET', 'evil\u001b[31m\u202e']));
      const page = await ask(port, '/');
      assert.equal(page.status, 200);
      assert.match(page.text, /id="figures"/);
      assert.match(String(page.headers['content-security-policy']), /default-src 'none'; script-src 'self';/);
      assert.deepEqual(
        ['cache-control', 'x-content-type-options', 'x-frame-options', 'referrer-policy'].map(
          (name) => page.headers[name],
        ),
        ['no-store', 'nosniff', 'DENY', 'same-origin'],
      );
      await until('the hot key is told', async () => ((await live(port)).snapshot?.hotKeys ?? []).length > 0);
      const { snapshot, user, loggedIn } = await live(port);
      assert.deepEqual([user, loggedIn], ['default', false]);
      assert.equal(snapshot?.hotKeys?.[0]?.key, 'evil\\x1b[31m\\u{202e}');
      assert.equal(snapshot?.keys, 1);
      assert.equal(snapshot?.operations.commands.find(({ name }) => name === 'get')?.calls, 20_000);
      assert.equal(snapshot?.threads?.length, 3);
      assert.deepEqual(snapshot?.missing, []);
      // A name that somebody else owns may point to this machine.
      for (const host of [
        'evil.example',
        `evil.example:${port}`,
        '127.0.0.1.evil.example',
        'localhost.evil.example:1',
      ]) {
        assert.equal((await ask(port, '/live', { headers: { Host: host } })).status, 401, host);
        const headers = { Host: host, Origin: `http://${host}` };
        assert.equal((await logIn(port, 'default', '', { headers })).status, 403, host);
      }
      for (const host of ['localhost', `localhost:${port}`, `[::1]:${port}`]) {
        assert.equal((await ask(port, '/live', { headers: { Host: host } })).status, 200, host);
      }
      // A password takes effect at once.
      await tiered.call('CONFIG', 'SET', 'requirepass', 'hunter2');
      await tiered.call('AUTH', 'hunter2');
      assert.equal((await ask(port, '/live')).status, 401);
      assert.match((await ask(port, '/')).text, /type="password"/);
    });
  },
);

test('who logs in sees what the commands would tell, until the user is changed', limits, async () => {
  const users = [
    ...['--user', 'admin', 'on', '>hunter3', '+@all', '~*'],
    ...['--user', 'half', 'on', '>hunter4', '+info', '+tier|hotkeys', '~mine:*'],
    ...['--user', 'none', 'on', '>hunter5', '+get', '~*'],
    ...['--user', 'off', 'off', '>hunter6', '+@all'],
  ];
  await withDashboard(['--requirepass', 'hunter2', ...users], async (tiered, port) => {
    await tiered.call('AUTH', 'hunter2');
    await tiered.pipeline([
      ['SET', 'mine:1', 'v'],
      ['SET', 'yours:1', 'v'],
    ]);
    await tiered.pipeline(Array.from({ length: 40_000 }, (_, n) => ['GET', n % 2 === 0 ? 'mine:1' : 'yours:1']));
    assert.equal((await ask(port, '/live')).status, 401);

    for (const [user, password] of [
      ['admin', 'hunter2'],
      ['off', 'hunter6'],
      ['nobody', 'hunter3'],
      ['', ''],
    ] as const) {
      const answer = await logIn(port, user, password);
      assert.deepEqual([answer.status, answer.headers['set-cookie']], [401, undefined], user);
      assert.match(answer.text, /role="alert">Wrong user or password/);
    }
    const denied = (await tiered.client.ask('ACL', 'LOG')).items.map(({ items }) =>
      items.map(({ text }) => text.toString()),
    );
    assert.equal(denied.length, 4);
    const entry = denied.find((one) => one.includes('admin'));
    assert.equal(entry?.[entry.indexOf('reason') + 1], 'auth');
    assert.equal(entry?.[entry.indexOf('object') + 1], 'AUTH');
    assert.match(entry?.at(-1) ?? '', /addr=127\.0\.0\.1:\d+ .*name=dashboard/);
    await tiered.call('ACL', 'LOG', 'RESET');
    assert.equal((await tiered.client.ask('ACL', 'LOG')).items.length, 0);

    const admitted = await logIn(port, 'admin', 'hunter3');
    assert.deepEqual([admitted.status, admitted.headers.location], [303, '/']);
    assert.match(
      String(admitted.headers['set-cookie']),
      /^stratakv_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    const admin = cookieFrom(admitted);
    await until('both keys are told', async () => ((await live(port, admin)).snapshot?.hotKeys ?? []).length === 2);
    const all = await live(port, admin);
    assert.deepEqual([all.user, all.loggedIn], ['admin', true]);
    assert.deepEqual(all.snapshot?.hotKeys?.map(({ key }) => key).sort(), ['mine:1', 'yours:1']);

    const half = await live(port, cookieFrom(await logIn(port, 'half', 'hunter4')));
    assert.deepEqual(half.snapshot?.hotKeys?.map(({ key }) => key).sort(), ['mine:1', null]);
    assert.deepEqual(half.snapshot?.missing.map(({ part, why }) => `${part}: ${why}`).sort(), [
      'curve: needs permission for TIER MRC',
      'latencies: needs permission for LATENCY HISTOGRAM',
      'slots: needs permission for TIER SLOTS',
      'threads: needs permission for TIER THREADS',
    ]);
    assert.ok(half.points.every(({ p99Usec }) => p99Usec === null));
    const none = await live(port, cookieFrom(await logIn(port, 'none', 'hunter5')));
    assert.deepEqual([none.snapshot, none.points], [null, []]);

    // Each change of the user ends its sessions; logging out ends one.
    const status = async (cookie: string) => (await ask(port, '/live', { headers: { Cookie: cookie } })).status;
    const second = cookieFrom(await logIn(port, 'admin', 'hunter3'));
    const headers = { Cookie: second, Origin: `http://127.0.0.1:${port}` };
    const out = await ask(port, '/logout', { method: 'POST', headers });
    assert.match(String(out.headers['set-cookie']), /=; .*Max-Age=0/);
    assert.deepEqual([await status(second), await status(admin)], [401, 200]);
    await tiered.call('ACL', 'SETUSER', 'admin', '-get');
    assert.equal(await status(admin), 401);
    const third = cookieFrom(await logIn(port, 'admin', 'hunter3'));
    assert.equal(await status(third), 200);
    await tiered.call('ACL', 'SETUSER', 'admin', 'off');
    assert.equal(await status(third), 401);
    await tiered.call('ACL', 'SETUSER', 'admin', 'on');
    assert.equal(await status(third), 401, 'what is over stays over');
    const fourth = cookieFrom(await logIn(port, 'admin', 'hunter3'));
    await tiered.call('ACL', 'DELUSER', 'admin');
    await tiered.call('ACL', 'SETUSER', 'admin', 'on', '>hunter3', '+@all', '~*', '-get');
    assert.equal(await status(fourth), 401, 'another user of the same name');
  });
});

test('passwords cannot be tried quickly', limits, async () => {
  await withDashboard(['--requirepass', 'hunter2'], async (_, port) => {
    // Each wrong one makes the wait longer, so that even a slow machine comes too early once.
    let early = await logIn(port, 'default', 'wrong');
    for (let i = 1; early.status === 401; i++) {
      assert.ok(i < 15, 'nobody has to wait');
      early = await logIn(port, 'default', `wrong${i}`);
    }
    assert.equal(early.status, 429);
    assert.match(early.text, /Try again in \d+ seconds?\./);
    assert.match(String(early.headers['retry-after']), /^\d+$/);
    await until('the wait is over', async () => (await logIn(port, 'default', 'hunter2')).status === 303);
  });
});

test('pages of other sites, bad cookies, odd requests', limits, async () => {
  await withDashboard(['--requirepass', 'hunter2'], async (tiered, port) => {
    const own = `http://127.0.0.1:${port}`;
    const cookie = cookieFrom(await logIn(port, 'default', 'hunter2'));
    for (const origin of [
      'http://evil.example',
      'null',
      `https://127.0.0.1:${port}`,
      `${own}.evil.example`,
      'http://127.0.0.1:1',
    ]) {
      assert.equal((await logIn(port, 'default', 'hunter2', { headers: { Origin: origin } })).status, 403, origin);
      assert.equal((await ask(port, '/live', { headers: { Origin: origin, Cookie: cookie } })).status, 403, origin);
      assert.equal(
        (await ask(port, '/logout', { method: 'POST', headers: { Origin: origin, Cookie: cookie } })).status,
        403,
      );
    }
    assert.equal(
      (await ask(port, '/logout', { method: 'POST', headers: { Cookie: cookie } })).status,
      403,
      'no Origin',
    );
    assert.equal(
      (await ask(port, '/live', { headers: { 'Sec-Fetch-Site': 'cross-site', Cookie: cookie } })).status,
      403,
    );
    const name = cookie.split('=')[0] ?? '';
    const token = cookie.slice(name.length + 1);
    for (const bad of [
      '',
      name,
      `${name}=`,
      `${name}=${token}x`,
      `${name}=${token.slice(1)}`,
      `${name}=${'A'.repeat(43)}`,
      `x${cookie}`,
      `${name}=${token.toLowerCase()}`,
      `${name}="${token}"`,
      ';;;=;',
      `__proto__=${token}`,
    ]) {
      assert.equal((await ask(port, '/live', { headers: { Cookie: bad } })).status, 401, bad);
    }
    assert.equal((await ask(port, '/live', { headers: { Cookie: `a=b; ${name}=junk; ${cookie}; c` } })).status, 200);
    for (const path of [
      '/nothing',
      '//',
      '/live/',
      '/../page.js',
      '/__proto__',
      '/constructor',
      '/page.js.map',
      `/${'x'.repeat(4000)}`,
    ]) {
      assert.equal((await ask(port, path)).status, 404, path);
    }
    for (const [path, method, status] of [
      ['/', 'POST', 405],
      ['/live', 'DELETE', 405],
      ['/logout', 'GET', 405],
      ['/page.js', 'PUT', 405],
      ['/login', 'GET', 303],
      ['/page.js', 'HEAD', 200],
      ['/page.css', 'GET', 200],
    ] as const) {
      assert.equal((await ask(port, path, { method })).status, status, `${method} ${path}`);
    }
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: own };
    assert.equal((await ask(port, '/login', { method: 'POST', headers: { Origin: own }, body: '{}' })).status, 415);
    assert.equal((await ask(port, '/login', { method: 'POST', headers: form, body: 'x'.repeat(5000) })).status, 413);
    assert.equal((await ask(port, '/', { headers: { Junk: 'x'.repeat(9000) } })).status, 431);
    for (const after of ['-1', 'NaN', '9'.repeat(30), '1e9', '%00', '<script>']) {
      assert.equal((await ask(port, `/live?after=${after}`, { headers: { Cookie: cookie } })).status, 200, after);
    }
    for (const bytes of [
      '*1\r\n$4\r\nPING\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      '\0'.repeat(100),
      'POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    ]) {
      const socket = connect(port, '127.0.0.1');
      await new Promise<void>((resolve) => {
        socket.on('close', () => resolve());
        socket.on('error', () => {});
        socket.end(bytes);
        socket.resume();
      });
    }
    assert.equal((await ask(port, '/live', { headers: { Cookie: cookie } })).status, 200);
    assert.equal(await tiered.call('AUTH', 'hunter2'), 'OK');
  });
});

test('a thread that is in a script is told of as silent, and everything else goes on', limits, async () => {
  const port = await freePort();
  const tiered = await TieredServer.start(['--server-threads', '1', '--dashboard-port', String(port)]);
  try {
    const busy = await tiered.connect();
    const script = busy.ask('EVAL', 'while true do end', '0').catch(() => undefined);
    await until(
      'the thread is silent',
      async () => (((await live(port)).snapshot?.threads ?? [])[0]?.silentMs ?? 0) > 1000,
    );
    const began = performance.now();
    assert.equal((await live(port)).snapshot?.threads?.length, 2);
    assert.ok(performance.now() - began < 30_000);
    await until('the script ends', async () => (await tiered.call('SCRIPT', 'KILL')) === 'OK');
    await script;
    await until('the thread is back', async () => ((await live(port)).snapshot?.threads ?? [])[0]?.silentMs === 0);
    busy.close();
  } finally {
    await tiered.stop();
  }
});

/** A server in this process that answers everything. */
async function plainServer(timeoutMs: number) {
  const port = await freePort();
  const server = new HttpServer({
    addresses: [{ host: '127.0.0.1', ipv6: false, optional: false }],
    port,
    tls: undefined,
    refusal: () => undefined,
    allowsRemote: () => true,
    serve: (_, response) => response.end('x'),
    log: () => {},
    timeoutMs,
  });
  await server.listen();
  return { server, port };
}

test('who is slow is let go', limits, async () => {
  const { server, port } = await plainServer(300);
  const slow = (first: string, then: string) =>
    new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(first));
      // A byte now and then keeps nothing alive.
      const drip = then === '' ? undefined : setInterval(() => socket.write(then), 50);
      socket.on('error', () => {});
      socket.resume();
      socket.on('close', () => {
        clearInterval(drip);
        resolve();
      });
    });
  try {
    await Promise.all([
      slow('', ''),
      slow('GET / HTTP/1.1\r\n', ''),
      slow('GET / HTTP/1.1\r\n', 'X: y\r\n'),
      slow('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n', 'z'),
    ]);
  } finally {
    server.close();
  }
});

test('one address has so many connections, and no more', limits, async () => {
  const { server, port } = await plainServer(600_000);
  let closed = 0;
  const sockets = Array.from({ length: 40 }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) {
    socket.on('error', () => {});
    socket.on('close', () => closed++);
    socket.resume();
  }
  try {
    await until('the others are turned away', async () => closed === 8);
    const [first] = sockets.filter((socket) => !socket.destroyed);
    first?.destroy();
    await until('there is room again', () =>
      ask(port, '/').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    assert.equal(closed, 9);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test('a port that is taken ends the start with one line', limits, async () => {
  const tiered = await TieredServer.start(['--server-threads', '1']);
  try {
    await assert.rejects(
      TieredServer.start(['--server-threads', '1', '--dashboard-port', String(tiered.server.port)]),
      /Fatal: Could not create the dashboard 127\.0\.0\.1:\d+: /,
    );
  } finally {
    await tiered.stop();
  }
});
