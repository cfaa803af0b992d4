/**
 * Command lines whose replies must be those of redis-server 7.0.15, each paragraph from an empty keyspace. None has a number that is out of
 * range: after one of those redis-server takes later ones for out of range too (errno stays), see weights.test.ts.
 */
export const sortScenarios = String.raw`
sort none
sort none desc alpha limit 0 10
sort_ro none
sort none store l
sort none get #
sort none by nosort
sort
sort_ro
set s v
sort s
sort_ro s
sort s store l
sort s foo
sort none by
sort none get
sort none limit 1
sort none limit a b
sort none limit 0 b
sort none limit 9223372036854775808 1
sort none store
sort none ascending
sort_ro none store l
hset h f v
sort h

rpush l 5 3 -1 2.5 10 07 1e2 inf -inf 0x10 +4 3
sort l
sort l desc
sort l asc
sort l DESC Asc
sort l alpha
sort l ALPHA desc
sort l limit 0 3
sort l limit 2 3
sort l limit 10 10
sort l limit 100 10
sort l limit -5 3
sort l limit 3 -1
sort l limit 3 -100
sort l limit 0 0
sort l limit 5 0
sort l limit 0 9223372036854775807
sort l limit 9223372036854775807 9223372036854775807
sort l desc limit 1 2
sort_ro l desc limit 1 2
sort l store l
lrange l 0 -1
sort l limit 0 2 limit 3 4
object encoding l

rpush l a
sort l
sort l alpha
rpush l 1 2
sort l
sort l desc limit 0 1
sort l store m
exists m
del l
rpush l 1 nan
sort l
del l
rpush l "" 1 -1
sort l
del l
rpush l " 1" "	-2" "\n3"
sort l
del l
rpush l "1 " 2
sort l
del l
rpush l " "
sort l
del l
rpush l "1\x002" "1\x001" "0"
sort l
sort l alpha
del l
rpush l 9223372036854775807 9223372036854775806 -9223372036854775808 9007199254740993 9007199254740992
sort l
sort l desc

rpush l 1 2 3 4 5 6
mset w1 30 w2 20 w3 10 w4 5 w6 7 o1 one o2 two o3 three o5 five
sort l by w*
sort l by w* desc
sort l by w* get o*
sort l by w* get # get o* get w*
sort l by w* desc get o* limit 1 3
sort l get o*
sort l get nothing
sort l get ""
sort l get # get #
sort l get #x
sort l by nosort get o*
sort l by nosort desc
sort l by nosort
sort l by nosort limit 1 2
sort l by nosort desc limit 1 2
sort l by nosort desc limit 4 10
sort l by nosort limit 5 0
sort l by nosort limit 100 1
sort l by #
sort l by ""
sort l by w* by nosort
sort l by nosort by w*
sort_ro l by w* get o*
sort l by w* store d
lrange d 0 -1
sort l by w* get o* get # store d
lrange d 0 -1
sort l by nosort get none* store d
lrange d 0 -1
expire d 1000
sort l by w* store d
ttl d
sort none store d
exists d
sort none store d
set d str
sort l store d
type d
sort l limit 10 1 store d
exists d
set w2 x
sort l by w*
sort l by w* alpha limit 2 4
set w2 20
expire w3 1000
sort l by w*
del w3
lpush w3 a
sort l by w*
sort l by w* get w*
sort l by w* store w3
lrange w3 0 -1

rpush l 1 2 3
hset h1 w 3 n "" o one
hset h2 w 1 n x
hset h3 w 2 o three
sort l by h*->w
sort l by h*->w desc get h*->o
sort l by h*->none
sort l by h*->w get h*->n get h*->o get #
sort l by h*-> get h*->
sort l by h->*
sort l get h*->w->o
hset h1 "w->o" strange
sort l get h*->w->o
sort l get x*->w
set h2 string
sort l by h*->w
sort l get h*->w
sort l get h*
sort l by nosort get h*->w store d
lrange d 0 -1

sadd s 3 1 2 10 -5
sort s
sort s desc
sort s alpha
sort s alpha desc limit 1 2
sort s limit 2 10
sort s by nosort store d
lrange d 0 -1
sort s by nosort desc store d
lrange d 0 -1
sort s by nosort desc limit 1 2 store d
lrange d 0 -1
sort s store s
type s
lrange s 0 -1
sadd t b a c
sort t
sort t alpha
sort t alpha desc store d
lrange d 0 -1
sort t by nosort get # store d
lrange d 0 -1

zadd z 1 c 2 b 3 a 4 10 5 9
object encoding z
sort z
sort z alpha
object encoding z
sort z alpha desc
sort z by nosort
sort z by nosort desc
sort z by nosort limit 1 2
sort z by nosort desc limit 1 2
sort z by nosort limit 4 5
sort z by nosort limit 5 5
sort z by nosort limit -1 2
sort z by nosort desc limit 0 -1
sort z by nosort get # get x* store d
lrange d 0 -1
zadd n 3 1 2 2 1 3
sort n
sort n desc limit 0 2
sort n by nosort
sort_ro n by nosort desc
zscore n 1

command getkeys sort abc store def
command getkeys sort abc store invalid store stillbad store def
command getkeys sort abc by store get store limit store 1 store def
command getkeys sort abc by nosort
command getkeys sort abc store
command getkeysandflags sort abc store def
command getkeys sort_ro abc get x
command getkeysandflags sort_ro abc
`;
