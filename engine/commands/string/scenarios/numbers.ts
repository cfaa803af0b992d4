/** Counters: integers, floats, their limits. */
export const numberScenarios = String.raw`
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
`;
