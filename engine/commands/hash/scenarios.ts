/** Command lines whose replies must be those of redis-server. Everything is missing at the start of a paragraph. */
export const hashScenarios = String.raw`
rpush list a
hset list f v
hmset list f v
hsetnx list f v
hget list f
hmget list f g
hgetall list
hkeys list
hvals list
hlen list
hstrlen list f
hexists list f
hdel list f
hincrby list f 1
hincrby list f x
hincrbyfloat list f 1
hincrbyfloat list f x
hrandfield list
hrandfield list 1
hrandfield list x
hscan list 0
hscan list x
hscan list 0 count 0

hset
hset k
hset k f
hset k f v g
hmset k f
hmset k f v g
hsetnx k f
hsetnx k f v w
hget k
hget k f g
hmget k
hgetall
hgetall k f
hkeys
hvals k x
hlen
hstrlen k
hexists k
hdel k
hincrby k f
hincrby k f 1 2
hincrbyfloat k f
hrandfield
hrandfield k 1 withvalues x
hscan k

hget k f
hmget k f g
hgetall k
hkeys k
hvals k
hlen k
hstrlen k f
hexists k f
hdel k f
hrandfield k
hrandfield k 3
hrandfield k -3
hrandfield k 0
hrandfield k 3 withvalues
hscan k 0
hscan k 0 count x
hscan k x count x
exists k

hset k f v
hset k f w
hset k f v g w
hset k g 1 h 2 h 3 i 4
hgetall k
hget k h
hmset k a b a c
hget k a
hlen k
hset k "" ""
hget k ""
hstrlen k ""
hexists k ""
hset k "\x00\xff" "\x00\r\n\xfe"
hget k "\x00\xff"
hmget k f "\x00\xff" none "" f
hstrlen k "\x00\xff"
hstrlen k none
hdel k f f none g
hlen k
hkeys k
hvals k
object encoding k
type k

hsetnx k f v
hsetnx k f w
hget k f
hsetnx k g 1
hlen k

hset k f v
hdel k f
exists k
type k
hset k a 1 b 2
hdel k a b c
exists k
hdel k a

hincrby k f 5
hincrby k f -7
hincrby k f 0
hget k f
hincrby k f 9223372036854775807
hincrby k f 3
hget k f
hincrby k g 9223372036854775808
hincrby k g 1.5
hincrby k g ""
hincrby k g " 1"
hset k s abc t " 1" u 01 v 9223372036854775807 w -9223372036854775808 x "" y "1 "
hincrby k s 1
hincrby k t 1
hincrby k u 1
hincrby k v 1
hincrby k v -1
hincrby k w -1
hincrby k w 1
hincrby k x 1
hincrby k y 1
hgetall k

hincrbyfloat k f 1.5
hincrbyfloat k f 1.5
hget k f
hincrbyfloat k f -3
hget k f
hincrbyfloat k f inf
hincrbyfloat k f -inf
hincrbyfloat k f nan
hincrbyfloat k f abc
hincrbyfloat k f ""
hincrbyfloat k f " 1"
hset k s abc t " 1" u 01 v inf w 1e4000 x "" z 3.0e3 y "1 "
hincrbyfloat k s 1
hincrbyfloat k t 1
hincrbyfloat k u 1
hincrbyfloat k v 1
hincrbyfloat k v -inf
hincrbyfloat k w 1
hincrbyfloat k x 1
hincrbyfloat k y 1
hincrbyfloat k z 200.25
hincrbyfloat k n 0.1
hincrbyfloat k n 0.2
hincrbyfloat k big 1e4931
hincrbyfloat k big 1e4932
hincrbyfloat k max 1.7976931348623157e308
hincrbyfloat k max 1.7976931348623157e308
hset k i 123456789012345678
hincrbyfloat k i 1
hincrby k i 1
object encoding k

hset k a 1 b 2 c 3
hrandfield k 3
hrandfield k 10
hrandfield k 10 withvalues
hrandfield k 10 WITHVALUES
hrandfield k 3 withscores
hrandfield k 0 withvalues
hrandfield k 9223372036854775807
hrandfield k -9223372036854775808
hrandfield k 9223372036854775808
hrandfield k 9223372036854775807 withvalues
hrandfield k 4611686018427387903 withvalues
hrandfield k 4611686018427387904 withvalues
hrandfield k -9223372036854775807 withvalues
hrandfield k 1.5

hset one f v
hrandfield one
hrandfield one 1
hrandfield one -3
hrandfield one -3 withvalues
hrandfield one 1 withvalues

hset k a 1 b 2 abc 3
hscan k 0
hscan k 0 match a*
hscan k 0 match none
hscan k 0 count 1
hscan k 0 count 1000 match *b*
hscan k 0 match *b* match a
hscan k 0 match
hscan k 0 count
hscan k 0 count 0
hscan k 0 count -1
hscan k 0 count x
hscan k 0 novalues
hscan k 0 foo bar
hscan k x
hscan k ""
hscan k 7
hscan k -1
hscan k 18446744073709551616

hset k f 1234567890123456789012345678901234567890123456789012345678901234
object encoding k
hset k f 12345678901234567890123456789012345678901234567890123456789012345
object encoding k
hset k f v
object encoding k
hdel k f
hset k f v
object encoding k

hset k 12345678901234567890123456789012345678901234567890123456789012345 v
object encoding k
hsetnx l 12345678901234567890123456789012345678901234567890123456789012345 v
object encoding l
hincrby m 12345678901234567890123456789012345678901234567890123456789012345 1
object encoding m
hset n f v
hsetnx n f 12345678901234567890123456789012345678901234567890123456789012345
object encoding n
hset o f v g w g 12345678901234567890123456789012345678901234567890123456789012345 g x
object encoding o
hincrbyfloat p 12345678901234567890123456789012345678901234567890123456789012345 1.5
object encoding p

config set hash-max-listpack-entries 3 hash-max-listpack-value 4
hset k a 1 b 2 c 3
object encoding k
hset k a 9
object encoding k
hset k d 4
object encoding k
hdel k d c
object encoding k
hset l a 1234
object encoding l
hset l a 12345
object encoding l
hset m 12345 a
object encoding m
hincrby n f 10000
object encoding n
hincrbyfloat n f 0.5
object encoding n
config set hash-max-listpack-entries 0
hset o a 1
object encoding o
config set hash-max-listpack-entries 512 hash-max-listpack-value 64

hset k a 1 b 2 c 3
copy k l
rename k m
hgetall l
hgetall m
hset l a 5
hget m a
expire m 100
hset m z 1
ttl m
persist m
set m x
hget m a
del l
hgetall l

hset k f v
hset k f v
`;
