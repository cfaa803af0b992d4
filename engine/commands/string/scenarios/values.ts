/** SET, GET and their kin: options, expiry, what is in the way. */
export const valueScenarios = `
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
`;
