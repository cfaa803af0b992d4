/** Command lines whose replies must be those of redis-server. `list` is a list; everything else is missing at the start. */
export const stringScenarios = String.raw`
get k
set k v
get k
strlen k
getdel k
get k
getdel k
strlen k
get list
getdel list
strlen list
get
get a b

set k ""
get k
strlen k
getrange k 0 -1
append k ""
append k abc
append new ""
strlen new
get new

set list v
get list

set list v get
set list v nx
set list v xx
get list

set k v nx
set k w nx
set k w xx
get k
set none w xx
get none
set k x nx get
get k
set none x nx get
get none
set none2 x xx get
get none2
set k y get
set k z xx get
get k
set k a get get
set k a nx nx
set k a NX XX
set k a xx nx
set k a Get Xx kEEPttl
set k a foo
set k a ""
set k a ex
set k a px
set k a exat
set k a pxat
set k a get ex
set k a persist
set k a ex 0
set k a ex -1
set k a ex abc
set k a ex 1.5
set k a px 0
set k a px -5
set k a px x
set k a exat 0
set k a exat -1
set k a exat x
set k a pxat 0
set k a pxat -1
set k a ex 9223372036854775807
set k a ex 9223372036854775
set k a ex 9223372036854776
set k a ex 9223370399119966
set k a ex 92233720368547758070
set k a px 9223372036854775807
set k a px 9223372036854770000
set k a exat 9223372036854775808
set k a exat 9223372036854776
set k a ex 10 ex
set k a ex 10 px 10
set k a ex 10 keepttl
set k a keepttl ex 10
set k a keepttl px 10
set k a keepttl exat 10
set k a keepttl pxat 10
set k a px 10 exat 10
set k a pxat 10 exat 10
set k a ex 10 ex 0
get k

set k v ex 100
ttl k
set k w keepttl
ttl k
set k x keepttl keepttl
ttl k
set k x
ttl k
set k x px 100000
ttl k
getset k y
ttl k
set k x exat 33177117420
pexpiretime k
set k x pxat 33177117420123
pexpiretime k
set k w keepttl get
pexpiretime k
append k z
pexpiretime k
setrange k 0 q
pexpiretime k
set k 5 keepttl
incr k
pexpiretime k
incrbyfloat k 1.5
pexpiretime k
set k x ex 10 ex 200
ttl k
set k v xx ex 300
ttl k
set k v nx ex 400
ttl k
set k v get ex 500
ttl k
set missing v keepttl
ttl missing
mset k v
ttl k

set k v exat 1
get k
ttl k
set k v
set k v pxat 1 get
get k
set k w nx
get k
setex k 10 v
ttl k

setex k 100 v
ttl k
setex k 0 v
setex k -1 v
setex k a v
setex k 9223372036854775807 v
setex k 1.0 v
setex k " 1" v
setex k 010 v
setex k +10 v
setex k 10
psetex k 100000 v
ttl k
psetex k 0 v
psetex k -10 v
psetex k x v
psetex k 9223372036854775807 v
psetex list 100000 v
setex list 100 v
get list

setnx k v
setnx k w
get k
setnx list v
set gone v pxat 1
setnx gone w
get gone
setnx k

getset k v
getset k w
get k
getset list v
getset k

getex k
getex k ex 10
getex k ex 0
getex k ex abc
getex k foo
getex k ex
getex k ex 10 px 10
getex k persist ex 10
getex k ex 10 persist
getex k keepttl
getex k nx
getex k get
set k v
getex k
ttl k
getex k ex 100
ttl k
getex k
ttl k
getex k persist
ttl k
getex k persist
getex k px 200000
ttl k
getex k exat 33177117420
pexpiretime k
getex k pxat 33177117420999
pexpiretime k
getex k persist persist
getex k ex 0
getex k ex -1
getex k ex x
getex k px 0
getex k exat 0
getex k exat -1
getex k pxat 0
getex k ex 9223372036854775807
getex k px 9223372036854775807
getex k pxat 9223372036854775807 ex 1
getex k ex 10 ex 20
ttl k
getex k pxat 1
get k
set k v
getex k exat 1
get k
getex list
getex list ex 10
getex list ex 0
getex list foo

incr k
incr k
decr k
get k
incrby k 5
decrby k 3
get k
incrby k 0
incrby k -0
incrby k +5
incrby k 05
incrby k " 5"
incrby k 5x
incrby k ""
incrby k 1.5
decrby k abc
incr list
decr list
incrby list 1
incrby list x
decrby list 1
decrby list -9223372036854775808
incrbyfloat list 1
incrbyfloat list x
incr
incrby k

set k abc
incr k
incrby k 1
decr k
decrby k 1
incrbyfloat k 1
set k ""
incr k
incrbyfloat k 1
set k " 1"
incr k
incrbyfloat k 1
set k "1 "
incr k
incrbyfloat k 1
set k 01
incr k
set k -0
incr k
set k +1
incr k
set k 1.0
incr k
set k 0x10
incr k
set k "1\x00"
incr k
set k 92233720368547758070
incr k

set k 9223372036854775807
incr k
get k
incrby k 1
decr k
get k
incrby k 1
incrby k -9223372036854775808
get k
decrby k 9223372036854775807
get k
decrby k 1
get k
set k -9223372036854775808
decr k
decrby k -9223372036854775808
decrby k 1
incrby k 9223372036854775807
get k
decrby k -9223372036854775807
incr k
get k
set k 9007199254740991
incr k
incr k
incr k
get k
decrby k 3
decr k
get k
set k -9007199254740991
decr k
decr k
decr k
get k
incrby k 9007199254740993
get k
set k -9223372036854775809
incr k
set k 9223372036854775808
decr k
incrby none 9223372036854775807
decrby none2 9223372036854775807
decr none2
decr none2
incrby none3 9223372036854775808
incrby none3 -9223372036854775808
decrby none4 -9223372036854775808
get none4

incrbyfloat k 1.5
incrbyfloat k 1.5
get k
incrbyfloat k -3
get k
incrbyfloat k 0.1
incrbyfloat k 0.2
incrbyfloat k 1e3
incrbyfloat k 1E-3
incrbyfloat k 5.0e3
incrbyfloat k -0.0
incrbyfloat k inf
incrbyfloat k -inf
incrbyfloat k +inf
incrbyfloat k infinity
incrbyfloat k nan
incrbyfloat k ""
incrbyfloat k " 1"
incrbyfloat k "1 "
incrbyfloat k abc
incrbyfloat k 1e
incrbyfloat k .5
incrbyfloat k 5.
incrbyfloat k 0x1p3
incrbyfloat k 1e4932
incrbyfloat k 1e5000
incrbyfloat k 1e-5000
get k
set k inf
incrbyfloat k 1
incrbyfloat k -inf
set k 1e4932
incrbyfloat k 1
incrbyfloat k 1e4932
set k 0.00000000000000001
incrbyfloat k 0
set k 0.000000000000000001
incrbyfloat k 0
set k 17179869184
incrbyfloat k 1.5
set k 9223372036854775807
incrbyfloat k 1
set k 18446744073709551615
incrbyfloat k 1
set k 3.0e3
incrbyfloat k 200
incrbyfloat neg -1
incrbyfloat neg 1
get neg

getrange k 0 -1
getrange k a 1
getrange k 1 b
getrange k 0
set k "Hello, world"
getrange k 0 3
getrange k 0 -1
getrange k -4 -1
getrange k 5 3
getrange k 5 5000
getrange k -5000 10000
getrange k -5 -10
getrange k -10 -5
getrange k 12 20
getrange k 11 11
getrange k -1 -1
getrange k -100 0
getrange k -100 -100
getrange k -100 -99
getrange k -99 -100
getrange k 0 -100
getrange k 9223372036854775807 9223372036854775807
getrange k -9223372036854775808 9223372036854775807
getrange k -9223372036854775808 -9223372036854775808
getrange k -9223372036854775807 -9223372036854775808
getrange k -9223372036854775808 -9223372036854775807
getrange k 9223372036854775808 1
getrange k 1.0 2
getrange k +1 2
substr k 0 3
substr k -3 -1
substr k x 1
substr none 0 1
getrange list 0 1
getrange list x 1
substr list 0 1
set k 12345
getrange k 1 3
set k ""
getrange k 0 0
getrange k -1 -1

setrange k 0 ""
setrange k 10 ""
get k
setrange k -1 ""
setrange k -1 x
setrange k x x
setrange k 3 foo
get k
setrange k 0 bar
get k
setrange k 4 XYZW
get k
setrange k 2 ""
setrange k 536870911 ""
setrange k 536870912 x
setrange k 536870910 xyz
setrange k 9223372036854775807 x
setrange k 9223372036854775807 ""
setrange k 9223372036854775808 x
setrange none 536870912 x
setrange none 536870912 ""
get none
setrange list 0 x
setrange list 0 ""
setrange list -1 x
set i 1234
setrange i 1 xx
get i
setrange i 1 22
incr i
setrange i

append k abc
append k def
get k
append k ""
append list x
append k
set n 5
append n 5
get n
incr n
append b "\x00\xff\r\n"
append b "\x00\xff\r\n"
get b

mset a 1 b 2 c 3
mget a b c
mget a none c
mget list a
mget none
mget a a a
mset a 1 b
mset a
mset
mset a 9 a 10
get a
mset list 1
get list
mset "" empty
mget ""
mget

msetnx a 1 b 2
mget a b
msetnx b 3 c 4
mget b c
msetnx c 4 c 5
get c
msetnx c 4 d
msetnx d
msetnx list 1 z 2
get z
set old v pxat 1
msetnx old new
get old

set a ohmytext
set b mynewtext
lcs a b
lcs a b len
lcs a b idx
lcs a b idx minmatchlen 4
lcs a b idx minmatchlen 4 withmatchlen
lcs a b idx withmatchlen
lcs a b idx minmatchlen 0
lcs a b idx minmatchlen -5
lcs a b idx minmatchlen 100 withmatchlen
lcs a b minmatchlen 4
lcs a b withmatchlen
lcs a b LEN LEN
lcs a b len minmatchlen 3
lcs a b len idx
lcs a b idx len
lcs a b foo
lcs a b minmatchlen
lcs a b minmatchlen x
lcs a b idx minmatchlen 9223372036854775807
lcs a b idx minmatchlen 9223372036854775808
lcs a b len idx foo
lcs a list
lcs list b
lcs list none foo
lcs a none
lcs none a len
lcs none none idx
lcs none1 none2
lcs a a
lcs a a idx withmatchlen
lcs a
lcs
set x abcabcabc
set y xbcabx
lcs x y
lcs x y idx withmatchlen
lcs y x idx withmatchlen
set x aaaa
set y aa
lcs x y idx withmatchlen
lcs y x idx withmatchlen
set x abababab
set y babababa
lcs x y
lcs x y idx withmatchlen
set n 12345
set m 24
lcs n m
lcs n m idx
`;
