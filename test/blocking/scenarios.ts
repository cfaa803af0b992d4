/**
 * What several clients do, one line after the other; the letter is the client. A command that may wait is sent, and the next line follows when it
 * has been answered or its client is blocked; with `+` nothing is waited for, with `-` there is no reply. `a?` waits for a reply. `@a` is the id of a client, `$last` the
 * string that the client was last answered. Clients that still wait at the end are unblocked. `!a` closes a client's connection.
 */
export const scenarios: Readonly<Record<string, string>> = {
  'first come, first served': `
    a BLPOP k 0
    b BLPOP k 0
    c BRPOP k 0
    d RPUSH k 1 2 3 4
    d LRANGE k 0 -1`,
  'one element, many clients': `
    a BLPOP k 0
    b BLPOP k 0
    c BLMPOP 0 1 k RIGHT COUNT 2
    d RPUSH k 1
    d RPUSH k 2
    d RPUSH k 3 4 5
    d LRANGE k 0 -1`,
  'several keys, the one that is filled': `
    a BLPOP k1 k2 k3 0
    b BLPOP k3 k2 k1 0
    d RPUSH k2 x
    d RPUSH k1 y
    d EXISTS k1 k2 k3`,
  'several keys in a transaction: the one that came first': `
    a BLPOP k1 k2 0
    d MULTI
    d RPUSH k2 x
    d RPUSH k1 y
    d EXEC
    d LRANGE k1 0 -1
    d LRANGE k2 0 -1`,
  'a transaction is one step': `
    a BLPOP k 0
    d MULTI
    d LPUSH k a
    d LPUSH k b
    d LPUSH k c
    d EXEC
    d LRANGE k 0 -1`,
  'pushed and deleted in one transaction': `
    a BLPOP k 0
    d MULTI
    d LPUSH k a
    d DEL k
    d EXEC
    d MULTI
    d LPUSH k a
    d DEL k
    d SET k x
    d EXEC
    d DEL k
    d LPUSH k b
    d EXISTS k`,
  'a chain of moves': `
    a BLMOVE k1 k2 LEFT RIGHT 0
    b BLMOVE k2 k3 RIGHT LEFT 0
    c BLPOP k3 0
    d RPUSH k1 x y
    d LRANGE k1 0 -1
    d EXISTS k2 k3`,
  'a circle of moves': `
    a BRPOPLPUSH k1 k2 0
    b BRPOPLPUSH k2 k1 0
    d RPUSH k1 x
    d LRANGE k1 0 -1
    d LRANGE k2 0 -1`,
  'a circle with a client that waits for what comes back': `
    a BLMOVE k1 k2 LEFT RIGHT 0
    b BLMOVE k2 k1 LEFT RIGHT 0
    c BLPOP k1 0
    d RPUSH k1 x
    d EXISTS k1 k2`,
  'a list moved onto itself': `
    a BRPOPLPUSH k k 0
    d RPUSH k x
    d LRANGE k 0 -1
    d BRPOPLPUSH k k 0`,
  'a destination of another type': `
    d SET k2 x
    a BRPOPLPUSH k1 k2 0
    b BRPOPLPUSH k1 k3 0
    d RPUSH k1 x
    d LRANGE k1 0 -1
    d LRANGE k3 0 -1`,
  'filled by other commands': `
    a BLPOP k 0
    d RPUSH other x
    d RENAME other k
    a BLPOP k 0
    d RPUSH other y
    d COPY other k
    a BLPOP k 0
    d LMOVE other k LEFT LEFT
    a BLPOP k 0
    d SADD set 3 1 2
    d SORT set STORE k
    d LRANGE k 0 -1
    d DEL k
    a BLPOP k 0
    d SELECT 1
    d RPUSH k z
    d MOVE k 0`,
  'DUMP and RESTORE': `
    a BZPOPMIN k 0
    d ZADD other 1 x
    d DUMP other
    d RESTORE k 0 $last
    d EXISTS k`,
  'databases change places': `
    a BLPOP k 0
    b SELECT 1
    b BLPOP k 0
    d SELECT 1
    d RPUSH other q
    d SELECT 2
    d RPUSH k x
    d SWAPDB 0 2
    d SWAPDB 1 0
    d SELECT 0
    d RPUSH k y
    d SELECT 1
    d RPUSH k z`,
  'sorted sets': `
    a BZPOPMIN z 0
    b BZPOPMAX z 0
    c BZMPOP 0 2 y z MIN COUNT 2
    d ZADD z 1 one 2 two 3 three 4 four
    d ZRANGE z 0 -1
    a BZPOPMIN q 0
    d ZUNIONSTORE q 1 z
    b BZPOPMAX q2 0
    d ZRANGESTORE q2 z 0 -1
    c BZPOPMIN q3 0
    d GEOADD q3 1 1 here`,
  'another type': `
    a BLPOP k 0
    b BZPOPMIN k 0
    c XREAD BLOCK 0 STREAMS k $
    d ZADD k 1 x
    d SET k string
    d DEL k
    d XADD k 1-1 f v
    d DEL k
    d LPUSH k z`,
  'wrong types at once': `
    d SET s x
    d RPUSH l x
    a BLPOP k s 0.01
    a BLPOP s k 0
    a BZPOPMIN l 0
    a XREAD BLOCK 0 STREAMS l 0
    a BLMOVE s k LEFT LEFT 0
    a BLMPOP 0 2 l s LEFT
    a EXISTS l`,
  'numbers that are no timeouts': `
    a BLPOP k -1
    a BLPOP k nan
    a BLPOP k inf
    a BLPOP k 1e400
    a BLPOP k 0x
    a BLPOP k abc
    a BLMPOP -1 1 k LEFT
    a BLMPOP 1 0 k LEFT
    a BLMPOP 1 1 k MIDDLE
    a BZMPOP x 1 k MIN
    a BZMPOP 1 1 k MIN COUNT 0
    a XREAD BLOCK -1 STREAMS k $
    a XREAD BLOCK 1.5 STREAMS k $
    a WAIT 1 -1
    a WAIT 1 x
    a WAIT x 1`,
  'time is over': `
    a BLPOP k 0.001
    a BRPOP k1 k2 0.02
    a BLMOVE k1 k2 LEFT LEFT 0.01
    a BRPOPLPUSH k1 k2 0.01
    a BLMPOP 0.01 1 k LEFT
    a BZPOPMIN k 0.01
    a BZPOPMAX k 0.01
    a BZMPOP 0.01 1 k MAX
    a XREAD BLOCK 10 STREAMS k $
    a WAIT 1 10
    a HELLO 3
    a BLPOP k 0.001
    a BZMPOP 0.01 1 k MAX
    a XREAD BLOCK 10 STREAMS k $`,
  RESP3: `
    a HELLO 3
    a BZPOPMIN z 0
    d ZADD z 1.5 x
    a BZMPOP 0 1 z MAX
    d ZADD z 2.5 y
    a XREAD BLOCK 0 STREAMS s $
    d XADD s 1-1 f v
    b XREAD BLOCK 0 STREAMS s $
    d XADD s 1-2 f v`,
  'what may not wait does not': `
    a MULTI
    a BLPOP k 0
    a BLMOVE k l LEFT LEFT 0
    a BLMPOP 0 1 k LEFT
    a BZPOPMAX k 0
    a BZMPOP 0 1 k MIN
    a XREAD BLOCK 0 STREAMS k $
    a WAIT 1 0
    a EXEC`,
  'nor in a script': `
    a EVAL "return {redis.pcall('blmpop', 0, 1, KEYS[1], 'left')}" 1 k
    a EVAL "return redis.pcall('blpop', KEYS[1], 0)" 1 k
    a EVAL "return redis.pcall('xread', 'block', 0, 'streams', KEYS[1], '$')" 1 k
    b BLPOP k 0
    a EVAL "redis.call('rpush', KEYS[1], 'x', 'y') return redis.call('llen', KEYS[1])" 1 k
    a LLEN k`,
  'unblocked by another client': `
    a BLPOP k 0
    d CLIENT UNBLOCK @a
    a BLMOVE k l LEFT LEFT 0
    d CLIENT UNBLOCK @a TIMEOUT
    a XREAD BLOCK 0 STREAMS k $
    d CLIENT UNBLOCK @a ERROR
    a WAIT 1 0
    d CLIENT UNBLOCK @a
    a WAIT 1 0
    d CLIENT UNBLOCK @a ERROR
    d CLIENT UNBLOCK @a
    d CLIENT UNBLOCK 99999999
    d LPUSH k x
    d LRANGE k 0 -1`,
  'a client that has left': `
    a BLPOP k 0
    b BLPOP k 0
    !a
    d LPUSH k x
    d EXISTS k`,
  'entries of streams': `
    d XADD s 1-1 f a
    a XREAD BLOCK 0 STREAMS s $
    b XREAD BLOCK 0 COUNT 1 STREAMS t s 0 1-1
    c XREAD BLOCK 0 STREAMS s 1-0
    d XADD s 1-2 f b
    a XREAD BLOCK 0 STREAMS s t $ $
    d DEL s
    d XADD t 5-5 f c
    a XREAD BLOCK 0 STREAMS t $
    d XADD t 5-6 f d`,
  'a transaction of entries': `
    a XREAD BLOCK 0 STREAMS s $
    d MULTI
    d XADD s 1-1 f a
    d XADD s 1-2 f b
    d EXEC`,
  'groups of streams': `
    d XGROUP CREATE s g $ MKSTREAM
    d XGROUP CREATE s h $
    a XREADGROUP GROUP g one BLOCK 0 STREAMS s >
    b XREADGROUP GROUP g two BLOCK 0 STREAMS s >
    c XREADGROUP GROUP h one BLOCK 0 NOACK STREAMS s >
    d XADD s 1-1 f a
    d XADD s 1-2 f b
    d XPENDING s g
    d XACK s g 1-1 1-2
    a XREADGROUP GROUP g one BLOCK 0 STREAMS s >
    d XGROUP SETID s g 0`,
  'streams and groups that end': `
    d XGROUP CREATE s g $ MKSTREAM
    a XREADGROUP GROUP g one BLOCK 0 STREAMS s >
    d XGROUP DESTROY s g
    d XGROUP CREATE s g $
    a XREADGROUP GROUP g one BLOCK 0 STREAMS s >
    d DEL s
    d XGROUP CREATE s g $ MKSTREAM
    a XREADGROUP GROUP g one BLOCK 0 STREAMS s >
    d SET s x
    d DEL s
    d XGROUP CREATE s g $ MKSTREAM
    a XREADGROUP GROUP g one BLOCK 0 STREAMS s >
    d FLUSHALL
    d XGROUP CREATE s g $ MKSTREAM
    a XREADGROUP GROUP g one BLOCK 0 STREAMS s >
    d SWAPDB 0 5
    d XGROUP CREATE s g $ MKSTREAM
    a XREADGROUP GROUP g one BLOCK 0 STREAMS s >
    d XADD other 1-1 f v
    d RENAME other s`,
  'a stream that expires': `
    d XGROUP CREATE s g $ MKSTREAM
    a XREADGROUP GROUP g one BLOCK 0 STREAMS s >
    d PEXPIRE s 20
    a?`,
  'requests behind the one that waits': `
    a+ BLPOP k 0
    a+ RPUSH l x
    a+ BLPOP l 0
    a+ PING
    d RPUSH k y`,
  'CLIENT REPLY': `
    a CLIENT REPLY SKIP
    a- BLPOP k 0
    d RPUSH k x
    a PING`,
};
