/** Command lines whose replies must be those of redis-server. Every paragraph starts with empty keyspaces. */
export const sortedSetScenarios = String.raw`
zadd z 1 a 2 b 3 c
zadd z 1 a 5 b 9 d
zadd z ch 1 a 6 b 7 e
zrange z 0 -1 withscores
zcard z
zscore z a
zscore z nope
zmscore z a nope e
zmscore none a b
object encoding z
type z

zadd z nx 1 a
zadd z nx 2 a
zadd z xx 3 a 4 b
zadd z xx ch 5 a
zadd none xx 1 a
zadd none xx incr 1 a
exists none
zadd z gt 4 a
zadd z gt ch 6 a 1 new
zadd z lt ch 7 a 5 a
zadd z gt incr -1 a
zadd z gt incr 1 a
zadd z nx incr 1 a
zadd z nx incr 1 fresh
zadd z xx incr 1 missing
zadd z incr 1 a 2 b
zadd z nx xx 1 a
zadd z nx gt 1 a
zadd z nx lt 1 a
zadd z gt lt 1 a
zadd z nx xx gt lt 1 a
zadd z incr nan a
zadd z 1
zadd z nx
zadd z nx ch
zadd z 1 a 2
zadd z 1 a b c
zadd z x a
zadd z "" a
zadd z " 1" a
zadd z nan a
zadd z 1e400 a
zadd z 1 ok bad x
zrange z 0 -1 withscores
zadd
zadd z
zadd z 1

zadd z inf a -inf b +inf c 1.5 d -1.5 e 0 f -0 g 1e17 h 1e20 i 3.0e-10 j 0x10 k 123456789012345678 l
zrange z 0 -1 withscores
zscan z 0
zincrby z inf b
zincrby z -inf a
zincrby z 1 a
zincrby z -1.5 d
zincrby z 0 g
zincrby z nan d
zincrby z x d
zincrby z 1
zincrby z 2.5 new
zincrby z nx 1
zrange z 0 -1 rev withscores

zadd z -0 a 0 b -0 c
zrange z 0 -1 withscores
config set zset-max-listpack-entries 0
zadd y -0 a 0 b -0 c 1 d -1 e
zrange y 0 -1 withscores
zscore y a
zmscore y a b c
zscan y 0 match a count 100
zadd y 0 a
zscore y a
zadd y -0 b
zscore y b
zincrby y 1 e
zincrby y -1 d
zscore y d
zunion 2 y z withscores
zunion 2 y z weights -1 0 withscores
zrange y -0 0 byscore withscores
config set zset-max-listpack-entries 128

zadd z 1 a 2 b 3 c 4 d 5 e
zrange z 0 0
zrange z 1 2 withscores
zrange z -2 -1
zrange z -100 100
zrange z 3 1
zrange z 5 9
zrange z 0 -6
zrange z 0 -1 rev
zrange z 1 2 rev withscores
zrange z -1 -1 rev
zrevrange z 0 1
zrevrange z -3 9 withscores
zrange z 9223372036854775807 -9223372036854775808
zrange z -9223372036854775808 9223372036854775807
zrange z 9223372036854775808 0
zrange z x 1
zrange z 0 y
zrange z 0 1.5
zrange z 0 1 limit 0 1
zrange z 0 1 limit 0 -1
zrange z 0 1 withscores withscores rev rev
zrange z 0 1 nothing
zrange z 0 1 limit 0
zrevrange z 0 1 rev
zrevrange z 0 1 byscore
zrange none 0 -1
zrange none 0 -1 withscores
zrange z 0

zadd z 1 a 2 b 2 bb 3 c 4 d 5 e
zrangebyscore z 2 4
zrangebyscore z (2 4
zrangebyscore z 2 (4
zrangebyscore z (2 (4
zrangebyscore z (2 (2
zrangebyscore z -inf +inf withscores
zrangebyscore z -inf inf limit 1 2
zrangebyscore z -inf inf limit 1 -1
zrangebyscore z -inf inf limit 0 0
zrangebyscore z -inf inf limit -1 2
zrangebyscore z -inf inf limit 100 2
zrangebyscore z -inf inf limit 9223372036854775807 9223372036854775807
zrangebyscore z -inf inf limit x 1
zrangebyscore z -inf inf limit 1 withscores
zrevrangebyscore z 4 2
zrevrangebyscore z (4 (1 withscores limit 1 1
zrevrangebyscore z 2 4
zrange z 2 4 byscore
zrange z 4 2 byscore rev
zrange z 4 2 byscore rev limit 1 2 withscores
zrange z 2 4 byscore bylex
zrange z 2 4 bylex byscore
zrangebyscore z "" 4
zrangebyscore z ( 4
zrangebyscore z " 2" "4"
zrangebyscore z "2 " 4
zrangebyscore z "2\x00x" 4
zrangebyscore z x 4
zrangebyscore z nan 4
zrangebyscore z ((2 4
zrangebyscore z 1e400 -1e400
zrangebyscore z -1e400 1e400
zrangebyscore z 1e-400 0x4
zrangebyscore z 0x1p1 0x1p1024
zcount z 2 4
zcount z (2 inf
zcount z 4 2
zcount z x 4
zcount none 2 4
zcount z -inf (1

zadd z 0 a 0 b 0 bb 0 c 0 d 0 "" 0 "\x00" 0 "\xff"
zrangebylex z - +
zrangebylex z [b [c
zrangebylex z (b (c
zrangebylex z [b (c
zrangebylex z - (c limit 1 2
zrangebylex z [b + limit 0 -1
zrangebylex z + -
zrangebylex z [c [b
zrangebylex z (b (b
zrangebylex z [ [
zrangebylex z ( [b
zrangebylex z "[\x00" "(\xff"
zrangebylex z b c
zrangebylex z "" [c
zrangebylex z -x +
zrangebylex z - ++
zrangebylex z "-\x00x" "+\x00x"
zrangebylex z - + withscores
zrevrangebylex z + -
zrevrangebylex z [c [b
zrevrangebylex z (c - limit 1 2
zrange z [b [c bylex
zrange z [c [b bylex rev limit 0 1
zrange z [c [b bylex withscores
zlexcount z - +
zlexcount z [b (d
zlexcount z x y
zlexcount none - +
zremrangebylex z [b (c
zrange z 0 -1
zremrangebylex z - +
exists z

zadd z 1 a 2 c 3 b 4 d
zrangebylex z [b [c
zrangebylex z [b [d
zrevrangebylex z [c [b
zrevrangebylex z [d [b
zlexcount z [b [d
zlexcount z [a (c
zrange z [c [b bylex rev limit 0 1

zadd z 1 a 2 b 3 c 4 d 5 e 6 f
zremrangebyrank z 0 1
zremrangebyrank z -1 -1
zremrangebyrank z 9 10
zremrangebyrank z x 1
zremrangebyscore z (3 4
zremrangebyscore z x 4
zremrangebyscore z 100 1000
zrange z 0 -1
zremrangebyrank none 0 -1
zremrangebyscore z -inf inf
exists z
zadd z 1 a 2 b
zrem z x
zrem z a x a
zrem z a b c
exists z
zrem none a
zrem z

zadd z 1 a 2 b 3 c
zrank z a
zrank z c
zrank z nope
zrank none a
zrevrank z a
zrevrank z c
zrevrank z nope
zrank z
zrank z a b
zrank z a withscore b

zadd z 1 a 2 b 3 c 4 d 5 e
zpopmin z
zpopmax z
zpopmin z 2
zpopmax z 0
zpopmax z -1
zpopmax z x
zpopmax z 99
exists z
zpopmin z
zpopmin z 2
zpopmin z 1 2
set s v
zpopmin s
zpopmin s 0
zpopmin s -1

zadd y 1 a 2 b 3 c
zmpop 2 x y min
zmpop 2 x y max count 2
zmpop 2 x y min
zmpop 0 y min
zmpop -1 y min
zmpop x y min
zmpop 2 y min
zmpop 1 y
zmpop 1 y middle
zmpop 1 y min count 0
zmpop 1 y min count x
zmpop 1 y min count
zmpop 1 y min count 1 count 2
zmpop 1 y min 5
set s v
zmpop 1 s min
zmpop 2 x s min

zadd a 1 x 2 y 3 z
zadd b 10 y 20 z 30 w
sadd s y z q
zunion 2 a b
zunion 2 a b withscores
zunion 3 a b s withscores
zunion 2 a a withscores
zunion 2 a none weights 2 3 withscores
zunion 2 a b weights 2 -1 aggregate min withscores
zunion 2 a b aggregate max withscores
zunion 1 s withscores
zinter 2 a b withscores
zinter 2 a b weights 0 1 withscores
zinter 3 a b s aggregate sum withscores
zinter 2 a none
zinter 2 a a withscores
zdiff 2 a b withscores
zdiff 2 b a withscores
zdiff 2 a none withscores
zdiff 2 none a
zdiff 2 a a
zdiff 2 a s
zintercard 2 a b
zintercard 2 a b limit 1
zintercard 2 a b limit 0
zintercard 2 a b limit -1
zintercard 2 a b limit x
zintercard 2 a b weights 1 2
zintercard 2 a none
zunionstore d 2 a b
zrange d 0 -1 withscores
zinterstore d 2 a b weights 1 0.5
zrange d 0 -1 withscores
zdiffstore d 2 a b
zrange d 0 -1 withscores
zdiffstore d 2 a a
exists d
zunionstore a 2 a s weights 2 1
zrange a 0 -1 withscores
zinterstore s 2 a s
zrange s 0 -1 withscores
zinterstore none 1 nothing
zunion 0 a
zunion -1 a
zunion x a
zunion 3 a b
zunion 2 a b weights 1
zunion 2 a b weights 1 x
zunion 2 a b weights 1 2 3
zunion 2 a b aggregate avg
zunion 2 a b aggregate
zunion 2 a b withscores withscores
zunion 2 a b limit 1
zunionstore d 2 a b withscores
zunionstore d 0 a
zdiff 2 a b weights 1 2
zdiff 2 a b aggregate sum
zdiffstore d 1 a withscores
ZUNIONSTORE d 0 a
set str v
zunion 2 a str
zunionstore d 2 str a
zunionstore str 1 a
type str

zadd a inf x 1 y
zadd b -inf x 0 y
zunion 2 a b withscores
zunion 2 a b weights 0 0 withscores
zunion 2 a b weights inf inf withscores
zinter 2 a b weights inf -inf aggregate min withscores

zadd z 1 a 2 b 3 c 4 d
zrangestore d z 1 2
zrange d 0 -1 withscores
zrangestore d z 2 4 byscore
zrange d 0 -1 withscores
zrangestore d z (4 2 byscore rev limit 0 1
zrange d 0 -1 withscores
zrangestore d z - + bylex limit 1 2
zrange d 0 -1 withscores
zrangestore z z 0 1
zrange z 0 -1 withscores
zrangestore d z 5 6
exists d
zrangestore d none 0 -1
zrangestore d z 0 1 withscores
zrangestore d z 0 1 limit 1 1
zrangestore d z x 1
set s v
zrangestore d s 0 1
zrangestore s z 0 -1
type s
zrangestore s none 0 -1
exists s

zadd z 1 a 2 b 3 c
zrandmember z 3
zrandmember z 100 withscores
zrandmember z 0
zrandmember z 0 withscores
zrandmember none
zrandmember none 3
zrandmember none -3 withscores
zrandmember z x
zrandmember z 1 withvalues
zrandmember z 1 withscores x
zrandmember z -9223372036854775808
zrandmember z 9223372036854775807 withscores
zrandmember z 4611686018427387904 withscores

zadd z 1 a 2 b 30000000000000000 c
zscan z 0
zscan z 0 match a*
zscan z 0 count 1
zscan z 0 count 0
zscan z x
zscan z 0 match
zscan none 0
zscan none x
set s v
zscan s 0
zscan s x

set s v
zadd s 1 a
zincrby s 1 a
zrem s a
zcard s
zscore s a
zmscore s a
zrank s a
zrevrank s a
zcount s 0 1
zlexcount s - +
zrange s 0 -1
zrange s x 1
zrangebyscore s x 1
zremrangebyrank s 0 1
zremrangebyscore s x 1
zremrangebyscore s 0 1
zremrangebylex s - +
zrandmember s
zrandmember s 0
zrandmember s x
zinter 1 s
get s

config set zset-max-listpack-entries 3 zset-max-listpack-value 5
zadd z 1 a 2 b 3 c
object encoding z
zadd z 4 d
object encoding z
zrem z d
object encoding z
zadd y 1 long-member
object encoding y
zadd x 1 short
zadd x 2 longer
object encoding x
zunionstore u 1 x
object encoding u
zadd v 1 a
zunionstore u 2 v none
object encoding u
zrangestore r z 0 1
object encoding r
zrangestore r z 0 -1
object encoding r
zrangestore r x 0 0 
object encoding r
config set zset-max-listpack-entries 128 zset-max-listpack-value 64
zadd z 9 e
object encoding z

zadd z 1 a
pexpireat z 33177117420000
zadd z 2 b
pexpiretime z
zunionstore z 1 z
pexpiretime z
rename z y
zrange y 0 -1 withscores
copy y w
zadd w 5 q
zrange y 0 -1
zrange w 0 -1
`;
