/** Command lines for the comparison with redis-server; each paragraph starts with empty databases. */
export const genericScenarios = String.raw`
set a 1
set b 2
exists a b c a
touch a b c
del a b c a
exists a b
unlink a
set a x
unlink a a
type a
type missing
exists
del

set a 1
expire a x nx gt
expire a x
expire a 10 foo
expire a 10 nx gt
expire a 10 nx nx
expire a 10 gt lt
expire a 12 xx gt
expire a 10 gt
expire a 14 xx
expire a 12 lt
expire a 14 lt
ttl a
expire a 20 gt
expire a 5 gt
expire a 15 lt
expire a 15 nx
ttl a
expire a 100 xx
ttl a
persist a
persist a
persist missing
ttl a
pttl a
expiretime a
pexpiretime a
ttl missing
pttl missing
expiretime missing
pexpiretime missing

set a 1
expire a 9223372036854775807
expire a -9223372036854775808
expire a 9223372036854775
pexpire a 9223372036854775807
expireat a 9223372036854775807
pexpireat a 9223372036854775807
expire missing 9223372036854775807
expire missing 10
expire missing abc
expire a 1.5
expire a 99999999999999999999
expire a
expire a 10 nx xx gt lt
pexpireat a 33177117420123
pexpiretime a
expiretime a
expireat a 33177117421
pexpiretime a
expireat a 1 gt
expireat a 1 lt
exists a
set a 1
expire a -1
exists a
set a 1
pexpire a 0
exists a

set a 1 pxat 33177117420123
copy a b
pexpiretime b
get b
copy a b
copy a b replace
copy a b foo
copy a a
copy a a replace
copy missing b
copy missing missing
copy a b db
copy a b db x
copy a b db 99
copy a b db -1
copy a a db 1
copy a a db 1
copy a a db 1 replace
copy a a db 0
copy a b db 1 replace db 2
copy a b db 99 foo
copy a b foo db 99
select 1
get a
pexpiretime a
select 2
exists a b

set a 1 pxat 33177117420123
move a 0
move a 99
move a -1
move a x
move missing 1
move a 1
exists a
select 1
pexpiretime a
select 0
set a 2
move a 1
get a

set a 1 pxat 33177117420123
rename missing b
rename missing missing
rename a a
rename a b
exists a
pexpiretime b
set c 3
rename c b
get b
ttl b
renamenx b b
renamenx missing b
renamenx missing missing
set d 4
renamenx b d
renamenx b e
get e
rename a
renamenx a

keys *
set one 1
keys o?e
keys [o]*
keys O*
keys x*
keys
scan 0
scan 0 match x*
scan 0 match o*
scan 0 type string
scan 0 type STRING
scan 0 type list
scan 0 type nonsense
scan 0 match o* type string count 100
scan x
scan -1 foo
scan 1x
scan 18446744073709551616
scan 0 count
scan 0 count x
scan 0 count 0
scan 0 count -1
scan 0 count 1.5
scan 0 count 9223372036854775807
scan 0 count 9223372036854775808
scan 0 type
scan 0 match
scan 0 foo bar
scan 0 foo
scan x count 0
scan

randomkey
set only 1
randomkey
randomkey x
dbsize
dbsize x

set i 12
set e hello
set r aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
object encoding i
object encoding e
object encoding r
object encoding missing
object freq i
object freq missing
object idletime i
object idletime missing
object refcount e
object refcount missing
object foo
object foo a b
object encoding
object encoding a b
object

set a hello
set n 12345
set long aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
set bin "\x00\xff\r\n"
dump a
dump n
dump long
dump bin
dump missing
dump

set a hello
restore b 0 "\x00\x05hello\x0a\x00F\xd2\xd8?\x91\xf5\x17s"
restore a 0 x
restore a 0 x replace
restore b 0 x
restore b -1 x
restore b x x
restore b 0 x foo
restore b 0 x idletime
restore b 0 x idletime x
restore b 0 x idletime -1
restore b 0 x freq x
restore b 0 x freq -1
restore b 0 x freq 256
restore b 0 x freq 1 idletime 1
restore b 0 x idletime 1 freq 1
restore a x x
restore a -1 x foo
restore a -1 x
restore a -1 x replace
restore
restore a 0
restore c 0 "\xc0\x05\x0a\x00aaaaaaaa"
restore c 0 ""
get a
exists b c
`;
