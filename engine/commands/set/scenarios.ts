/** Command lines for the comparison with redis-server; each paragraph starts with empty databases. */
export const setScenarios = String.raw`
sadd a 1 2 3 2
object encoding a
sadd a 3 4
scard a
smembers a
sismember a 4
sismember a 5
sismember a 04
smismember a 1 x 4 4
sadd a foo
object encoding a
srem a foo
object encoding a
smembers a
srem a 1 2 nope 2
srem a 3 4 5
exists a
srem a 1
sadd
sadd a
srem a
sismember a
sismember a b c
smismember a
scard
scard a b
smembers
smembers a b

scard missing
smembers missing
sismember missing x
smismember missing x y
srem missing x
smove missing other x
spop missing
spop missing 0
spop missing 3
srandmember missing
srandmember missing 0
srandmember missing 3
srandmember missing -3
sinter missing
sunion missing
sdiff missing
sinter missing missing
sintercard 1 missing
sscan missing 0
sscan missing x
sscan missing 0 nonsense
sinterstore d missing
sunionstore d missing
sdiffstore d missing

set s text
sadd s 1
srem s 1
sismember s 1
smismember s 1 2
scard s
smembers s
spop s
spop s 0
spop s 1
spop s -1
spop s x
srandmember s
srandmember s 0
srandmember s 5
srandmember s x
sinter s
sinter s missing
sinter missing s
sintercard 2 missing s
sintercard 2 s missing
sunion missing s
sdiff s
sdiff missing s
sinterstore d s
sunionstore d missing s
sdiffstore d missing s
sscan s 0
sscan s x
sadd a 1
smove s a 1
smove a s 1
smove a s 2
smove missing s 1
sinterstore s a
type s
set s text
sunionstore s a a
type s
set s text
sdiffstore s missing a
exists s

config set set-max-intset-entries 3
sadd a 1 2 3
object encoding a
sadd a 3
object encoding a
sadd a 4
object encoding a
srem a 4 3 2
object encoding a
sadd b 9223372036854775807 -9223372036854775808
object encoding b
sadd b 9223372036854775808
object encoding b
sadd c 9223372036854775807
sismember c 9223372036854775807
sismember c 09223372036854775807
sadd d 01
object encoding d
sadd e -0
object encoding e
sadd f ""
object encoding f
smembers f
sadd g 1 2 3 4
object encoding g
sunionstore h a c
object encoding h
sunionstore h a g
object encoding h
sinterstore h g g
object encoding h
sdiffstore h g a
object encoding h
config set set-max-intset-entries 0
sadd i 1
object encoding i
sinterstore j c
object encoding j
config set set-max-intset-entries 512

sadd a 1 2 3 4 x
sadd b 1 2 3 4
sadd c x
sdiffstore d a c
object encoding d
sadd c y z
sdiffstore d a c
object encoding d
sadd c 5 6 7 8 9 10
sdiffstore d a c c c
object encoding d
smembers d
sinterstore d a b
object encoding d
copy a e
object encoding e
srem a x
copy a e replace
object encoding e
sadd q 1 2 3 4 5 6 7 8 9 10 11 12 x
srem q x
object encoding q

sadd a 1 2 3
sadd b 3 4
smove a b 1
smembers a
smembers b
smove a b 1
smove a b 3
smembers b
smove a a 2
smove a a 9
smove a b 2
exists a
smove b c 4
object encoding c
smove b c 4
sadd text x
smove text c x
object encoding c
exists text
smove
smove a b
smove a b c d

sadd a 1 2 3 4 5
sadd b 4 5 6
sadd c 5 6 7
sinter a b
sinter a b c
sinter a b c missing
sinter a a
sunion a b
sunion a b c missing a
sdiff a b
sdiff a b c
sdiff a a
sdiff a
sdiff missing a
sdiff a missing
sinterstore d a b
smembers d
sinterstore a a b
smembers a
sunionstore b b c
smembers b
sdiffstore c b c
exists c
sinterstore d a missing
exists d
sinterstore d missing missing
sunionstore d a a
ttl d
expire d 1000
sunionstore d a b
ttl d
sinter
sunion
sdiff
sinterstore
sinterstore d
sunionstore d
sdiffstore d

sadd a 1 2 3 4 5
sadd b 3 4 5 6
sintercard 2 a b
sintercard 2 a b limit 2
sintercard 2 a b LIMIT 0
sintercard 2 a b limit 100
sintercard 2 a b limit -1
sintercard 2 a b limit x
sintercard 2 a b limit
sintercard 2 a b limit 1 limit 2
sintercard 2 a b nonsense 1
sintercard 2 a b c
sintercard 1 a
sintercard 1 a limit 3
sintercard 0 a
sintercard -1 a
sintercard x a
sintercard 3 a b
sintercard 9223372036854775807 a b
sintercard 9223372036854775808 a b
sintercard 2 a
sintercard 2 missing a
sintercard 1
sintercard
set s 1
sintercard 1 s
sintercard 1 s nonsense

sadd a 1
spop a
spop a
sadd a 1 2 3
spop a 0
spop a -1
spop a x
spop a 1 2
spop a 9223372036854775807
exists a
sadd a 1 2 3
spop a 9223372036854775808
spop a 3
exists a
spop
sadd a 1 2 3
srandmember a 3
srandmember a 9223372036854775807
srandmember a -9223372036854775808
srandmember a 9223372036854775808
srandmember a x
srandmember a 1 2
srandmember a 0
srandmember
sadd b x
srandmember b
srandmember b -3
srandmember b 1
srandmember b 2

sadd a 1 2 3
sscan a 0
sscan a 0 match 2
sscan a 0 match *
sscan a 0 count 1
sscan a 0 count 0
sscan a 0 count -1
sscan a 0 count x
sscan a 0 match
sscan a 0 count
sscan a 0 type set
sscan a 0 nonsense 1
sscan a x
sscan a -
sscan a 18446744073709551616
sscan a 5 match 3 count 100
sscan a
sscan
sadd b x
sscan b 0 match y
sscan b 0 match ?
sadd e ""
sscan e 0 match *
sscan e 0 match **
sscan e 0 match ?

sadd a "\x00\x01\r\n" "\xff\xfe" "" "a b" "\"q\""
scard a
smembers a
sismember a "\x00\x01\r\n"
srem a "\xff\xfe" ""
smembers a

sadd a 1 2
expire a 1000
sadd a 3
ttl a
srem a 3
ttl a
rename a b
scard b
object encoding b
type b
move b 1
exists b
select 1
scard b
ttl b
select 0
copy missing b
sadd a x y
copy a c
smembers c
sadd c z
scard a
debug digest-value a
dump missing
object refcount a
object idletime a
touch a c
unlink a
del c
dbsize

config resetstat
sadd a 1
sinterstore d a missing
sunionstore d a missing missing
sdiffstore d missing a
smove a b 1
spop b
sismember b 1
`;
