/** Command lines whose replies must be those of redis-server 7.0.15, each paragraph from an empty keyspace. */
export const listScenarios = String.raw`
lpush l a
rpush l b c d
lpush l x y z
lrange l 0 -1
llen l
type l
object encoding l
lpush l
rpush
lpushx l p q
rpushx l r
lpushx none a
rpushx none a b
exists none
lpushx l
lrange l 0 -1

set s v
lpush s a
rpush s a
lpushx s a
rpushx s a
lpop s
lpop s 2
lpop s -1
lpop s x
rpop s
rpop s 0
llen s
lindex s 0
lindex s x
lrange s 0 -1
lrange s x 0
lset s 0 v
lset s x v
linsert s before a b
linsert s nowhere a b
lrem s 0 a
lrem s x a
ltrim s 0 1
ltrim s 0 x
lpos s a
lpos s a rank 0
lmove s d left right
lmove s d up right
rpoplpush s d
rpush l a b
lmove l s left left
rpoplpush l s
lrange l 0 -1
lmpop 1 s left
lmpop 2 none s left
lmpop 2 l s right
lmpop 2 s l right
get s

lpop none
rpop none
lpop none 3
rpop none 0
lpop none -1
lpop none x
lpop none 1 2
rpop none 1 2 3
llen none
lindex none 0
lindex none x
lrange none 0 -1
lrange none a 0
lrange none 0 9999999999999999999
lset none 0 v
lset none x v
linsert none before a b
linsert none x a b
lrem none 0 a
lrem none x a
ltrim none 0 -1
ltrim none x 0
lpos none a
lpos none a count 0
lpos none a rank x
lmove none d left right
lmove none none left right
rpoplpush none none
lmpop 1 none left
lmpop 3 none none none right count 10

rpush l a b c d e f
lpop l
rpop l
lpop l 2
rpop l 0
lpop l 0
rpop l 100
exists l
rpush l a b c d e f
rpop l 4
lpop l 9223372036854775807
exists l
rpush l a b
lpop l 9223372036854775808
lpop l 1.5
lpop l ""
lpop l -0
lpop l +1
lrange l 0 -1
lpop l 2
exists l

rpush l a b c d e
lindex l 0
lindex l 4
lindex l 5
lindex l -1
lindex l -5
lindex l -6
lindex l 9223372036854775807
lindex l -9223372036854775808
lindex l 9223372036854775808
lindex l 1.0
lrange l 0 0
lrange l 1 2
lrange l -2 -1
lrange l -100 100
lrange l 3 1
lrange l 5 10
lrange l -3 -4
lrange l -9223372036854775808 9223372036854775807
lrange l 9223372036854775807 -9223372036854775808
lrange l 0 x
lrange l 0

rpush l a b c d e
lset l 0 A
lset l -1 EEEEE
lset l 2 ""
lset l 5 x
lset l -6 x
lset l 9223372036854775807 x
lset l x y
lset l 1
lset l 3 12345
lindex l 3
lrange l 0 -1

rpush l a b c b a
linsert l before b X
linsert l after b Y
linsert l BEFORE a front
linsert l AfTeR a behind
linsert l before none x
linsert l between a x
linsert l after a
rpush m 1
linsert m after 1 2
linsert m after 2 3
linsert m before 1 0
lrange m 0 -1
lrange l 0 -1

rpush l a b a c a b a
lrem l 2 a
lrange l 0 -1
lrem l -1 b
lrange l 0 -1
lrem l 0 none
lrem l 0 a
lrange l 0 -1
lrem l x a
lrem l 1.5 a
lrem l 9223372036854775807 b
lrem l -9223372036854775808 c
lrem l -9223372036854775807 c
exists l
rpush l 1 01 1 1.0
lrem l 0 1
lrange l 0 -1
rpush n a a a
lrem n -2 a
lrem n 5 a
exists n

rpush l a b c d e f g
ltrim l 0 -1
ltrim l 1 -2
lrange l 0 -1
ltrim l -3 100
lrange l 0 -1
ltrim l 1 1
lrange l 0 -1
ltrim l 5 10
exists l
rpush l a b c
ltrim l 2 1
exists l
rpush l a b c
ltrim l 0 x
ltrim l x 0
ltrim l -9223372036854775808 9223372036854775807
lrange l 0 -1
ltrim l -100 -100
exists l

rpush l a b c 1 2 3 c c
lpos l a
lpos l c
lpos l none
lpos l c rank 1
lpos l c rank 2
lpos l c rank 4
lpos l c rank -1
lpos l c rank -2
lpos l c rank -4
lpos l c count 0
lpos l c count 1
lpos l c count 2
lpos l c count 100
lpos l c rank 2 count 0
lpos l c rank -1 count 0
lpos l c rank -1 count 2
lpos l c rank -2 count 2
lpos l b count 10 rank 5
lpos l none count 2
lpos l c maxlen 1
lpos l c maxlen 3
lpos l c count 0 maxlen 1
lpos l c count 0 maxlen 3
lpos l c rank 2 maxlen 0 count 0
lpos l c rank -2 maxlen 2 count 0
lpos l c rank 2 maxlen 7
lpos l c rank 2 maxlen 6
lpos l c rank 0
lpos l c rank x
lpos l c rank -9223372036854775808
lpos l c rank -9223372036854775808 count 0
lpos l c rank -9223372036854775808 count 1
lpos l c rank -9223372036854775808 count 2 maxlen 3
lpos l c rank 9223372036854775807
lpos l c rank -9223372036854775807
lpos l c rank 9223372036854775808
lpos l c count -1
lpos l c count x
lpos l c count 9223372036854775807
lpos l c maxlen -1
lpos l c maxlen x
lpos l c maxlen
lpos l c rank
lpos l c count
lpos l c foo 1
lpos l c rank 1 rank 2
lpos l c COUNT 1 CounT 0
lpos l 1
lpos l 01
lpos l

rpush l a b c d
lmove l l left right
lrange l 0 -1
lmove l l right left
lrange l 0 -1
lmove l l left left
lmove l l right right
lrange l 0 -1
rpoplpush l l
lrange l 0 -1
lmove l m left left
lmove l m LEFT RIGHT
lmove l m right Left
lrange m 0 -1
lrange l 0 -1
rpoplpush l m
exists l
lrange m 0 -1
lmove m m left
lmove m m left right x
lmove m m left middle
rpush one x
lmove one one left right
rpoplpush one one
lrange one 0 -1
rpoplpush one new
exists one
lrange new 0 -1
expire new 100
lmove new new left right
ttl new
lmove new m left right
exists new
rpush new again
ttl new

rpush a 1 2 3 4
rpush b 5 6 7 8
lmpop 1 a left
lmpop 1 a right count 2
lmpop 2 b a left count 10
exists b
lmpop 2 b a right count 10
exists a
lmpop 2 b a right count 10
rpush a 1 2
lmpop 0 a left
lmpop -1 a left
lmpop x a left
lmpop 1.0 a left
lmpop 9223372036854775807 a left
lmpop 2 a left
lmpop 3 a left
lmpop 1 a up
lmpop 1 a left count
lmpop 1 a left count 0
lmpop 1 a left count -1
lmpop 1 a left count x
lmpop 1 a left count 1 count 1
lmpop 1 a left foo 1
lmpop 1 a left 1
lmpop 1 a
lmpop 2 a a left
lmpop 2 a a LEFT COUNT 9223372036854775807

rpush l "\x00\x01" "" "\r\n" "a\x00b" -1 0 00 9223372036854775807 -9223372036854775808 9223372036854775808 4294967296
lrange l 0 -1
lpos l ""
lpos l "a\x00b"
lpos l 00
lrem l 0 ""
linsert l after "\x00\x01" "\xff\xfe"
lrange l 0 -1
copy l m
lpush m x
lrange l 0 0
lrange m 0 1
rename m l
llen l

config resetstat
rpush l a b c
lpop l
lmove l l left right
lset l 0 x
lindex l 0
lrange l 0 0
llen none
set l v
type l
`;
