/** Parts of values, several keys at once, LCS. */
export const partScenarios = String.raw`
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
