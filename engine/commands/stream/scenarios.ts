/** Command lines by paragraphs, each from an empty keyspace, for a redis-server and for us. */
export const streamScenarios = String.raw`
# XADD: ids and what is wrong with them
xadd
xadd s
xadd s *
xadd s * a
xadd s * a b c
xadd s 0-0 a b
xadd s 0 a b
xadd s 0-* a b
xadd s 0-* a b
xadd s 1-5 a b
xadd s 1-5 a b
xadd s 1-4 a b
xadd s 1 a b
xadd s 1-* a b
xadd s 5-* a b
xadd s 4-* a b
xadd s *-1 a b
xadd s 5-** a b
xadd s 5-+ a b
xadd s - a b
xadd s + a b
xadd s -1 a b
xadd s 007-01 a b
xadd s " 8-1" a b
xadd s "8-2\x00junk" a b
xadd s 18446744073709551615-18446744073709551614 a b
xadd s 18446744073709551615-* a b
xadd s 18446744073709551615-* a b
xadd s * a b
xadd s 18446744073709551616-1 a b
xrange s - +
xlen s
xinfo stream s
type s
object encoding s

# wrong types
set k v
xadd k 1-1 a b
xadd k nomkstream 1-1 a b
xlen k
xrange k - +
xrevrange k + -
xrange k - + count 0
xdel k 1
xtrim k maxlen 1
xsetid k 1-1
xread streams k 0
xreadgroup group g c streams k >
xgroup create k g $
xgroup create k g $ mkstream
xgroup destroy k g
xack k g 1
xpending k g
xclaim k g c 0 1
xautoclaim k g c 0 0
xinfo stream k
xinfo groups k
xinfo consumers k g

# missing keys
xlen k
xrange k - +
xrange k - + count 0
xrevrange k + - count 5
xdel k 1
xdel k x
xtrim k maxlen 1
xsetid k 1-1
xread streams k 0
xread count 1 block 1 streams k 0
xreadgroup group g c streams k >
xgroup create k g $
xgroup setid k g $
xgroup destroy k g
xgroup createconsumer k g c
xgroup delconsumer k g c
xack k g 1
xack k g x
xpending k g
xpending k g - + 1
xclaim k g c 0 1
xautoclaim k g c 0 0
xinfo stream k
xinfo groups k
xinfo consumers k g
xadd k nomkstream 1-1 a b
xadd k nomkstream * a b
exists k

# trimming
xadd s maxlen 3 1-1 a b
xadd s maxlen = 3 1-2 a b
xadd s maxlen 3 1-3 a b
xadd s maxlen 3 1-4 a b
xrange s - +
xadd s maxlen 0 1-5 a b
xlen s
exists s
xinfo stream s
xadd s minid 2-0 1-6 a b
xadd s minid = 3 3-1 a b
xadd s minid ~ 4 4-1 a b
xadd s maxlen ~ 1 limit 1 4-2 a b
xrange s - +
xadd s maxlen 1 minid 1 5-1 a b
xadd s maxlen 1 limit 1 5-1 a b
xadd s limit 1 5-1 a b
xadd s limit 0 5-1 a b
xadd s maxlen -1 5-2 a b
xadd s maxlen x 5-2 a b
xadd s minid x 5-2 a b
xadd s minid - 5-2 a b
xadd s maxlen ~ 1 limit -1 5-2 a b
xadd s maxlen ~ 1 limit x 5-2 a b
xadd s maxlen ~ 5-2 a b
xadd s maxlen
xadd s nomkstream maxlen 2 6-1 a b
xadd s maxlen 2 nomkstream 6-2 a b
xrange s - +
xtrim s
xtrim s maxlen
xtrim s maxlen 1 5
xtrim s nope 1
xtrim s limit 1
xtrim s limit 0
xtrim s maxlen 1 limit 0
xtrim s maxlen = 1 limit 1
xtrim s maxlen ~ 0 limit 0
xtrim s minid 6-2
xtrim s minid 7
xlen s
xinfo stream s

# intervals
xadd s 1-0 a 1
xadd s 1-1 a 2
xadd s 2-0 a 3
xadd s 2-18446744073709551615 a 4
xadd s 3-0 b 5 c 6
xrange s 1 1
xrange s 2 2
xrange s (1 2
xrange s (1-1 (2
xrange s (1-1 (2-1
xrevrange s 2 1
xrevrange s (2 (1
xrevrange s + - count 2
xrange s - + count -1
xrange s - + count 0
xrange s - + count 9223372036854775807
xrange s - + count 9223372036854775808
xrange s - + count
xrange s - + nope 1
xrange s - + count 1 count 2
xrange s + -
xrevrange s - +
xrange s (- +
xrange s - (+
xrange s - (0
xrange s - (0-0
xrange s (18446744073709551615-18446744073709551615 +
xrange s ( +
xrange s x +
xrange s - x
xrange s - (x
xrange s

# XREAD
xadd s 1-0 a 1
xadd s 2-0 a 2
xadd t 5-0 a 1
xread streams s 0
xread streams s t 0 0
xread streams t s 5 1
xread count 1 streams s t 0 0
xread count 0 streams s 0
xread count -5 streams s 0
xread count x streams s 0
xread streams s $
xread streams s t $ 0
xread streams s s 0 1
xread streams s
xread streams s t 0
xread streams
xread count 1
xread block 0
xread block x streams s 0
xread block -1 streams s 0
xread block 1000 streams s 0
xread block 10 count 1 streams s 1
xread block 10 streams s 9
xread streams s >
xread streams s -
xread streams s +
xread streams s x
xread streams s 1-
xread group g c streams s 0
xread noack streams s 0
xread nope streams s 0
xread STREAMS streams 0
xadd streams 1 a b
xread STREAMS streams 0
xread streams s 18446744073709551615-18446744073709551615

# entries with various fields
xadd s 1-1 a 1 b 2
xadd s 1-2 a 1 b 2
xadd s 1-3 b 1 a 2
xadd s 1-4 a 1
xadd s 1-5 a 1 a 1 a 1
xadd s 1-6 "" ""
xadd s 1-7 "\x00\xff\r\n" "-\r\n"
xadd s 2-0 a 100 b -5
xadd s 300-0 a 1 b 2
xadd s 70000-9 a 1 b 2
xadd s 8000000000-1000 a 1 b 2
xadd s 18446744073709551615-5000000000 a 1 b 2
xrange s - +
xrevrange s + -
xdel s 1-3 1-3 9-9
xdel s 1-1
xinfo stream s
xdel s 300-0 x
xrange s - + count 3
xrevrange s 70000 1-2

# XSETID
xadd s 5-5 a b
xsetid s 5-4
xsetid s 5-5
xsetid s 9-9
xsetid s 9-9 entriesadded 5
xsetid s 9-9 entriesadded 0
xsetid s 9-9 entriesadded -1
xsetid s 9-9 entriesadded x
xsetid s 9-9 maxdeletedid 3-3
xsetid s 9-9 maxdeletedid 10-1
xsetid s 9-9 entriesadded 9223372036854775807 maxdeletedid 4-4
xinfo stream s
xadd s 10-0 a b
xinfo stream s
xsetid s 20 entriesadded
xsetid s 20 nope 5
xsetid s x
xsetid s -
xdel s 5-5 10-0
xsetid s 1-0
xadd s 2-0 a b
xinfo stream s full
xrange s - +

# groups
xadd s 1-0 a 1
xadd s 2-0 a 2
xadd s 3-0 a 3
xgroup create s g 0
xgroup create s g 0
xgroup create s h $ entriesread 3
xgroup create s i 2 entriesread -1
xgroup create s j 2 entriesread -2
xgroup create s j 2 entriesread x
xgroup create s j x
xgroup create s j -
xgroup create s j $ nope
xgroup create t j $ mkstream
xgroup create t k 5-5 mkstream
xlen t
xinfo stream t full
xgroup create
xgroup create s
xgroup nope s g
xgroup
xgroup setid s g 1
xgroup setid s g $ entriesread 2
xgroup setid s g - entriesread
xgroup setid s none 1
xgroup setid s g x
xgroup createconsumer s g c
xgroup createconsumer s g c
xgroup createconsumer s none c
xgroup delconsumer s g c
xgroup delconsumer s g c
xgroup delconsumer s none c
xgroup destroy s h
xgroup destroy s h
xinfo groups s
xinfo consumers s g
xinfo consumers s none
xinfo stream s full count 1
xinfo stream s nope
xinfo stream s full nope
xinfo stream s full count x
xinfo stream s full count 1 2
xinfo nope s
xinfo

# reading in groups
xadd s 1-0 a 1
xadd s 2-0 a 2
xadd s 3-0 a 3
xgroup create s g 0
xreadgroup group g c streams s
xreadgroup group g c streams s $
xreadgroup group g c streams s x
xreadgroup group none c streams s >
xreadgroup group g c count 1 streams s >
xreadgroup group g d count 1 noack streams s >
xreadgroup group g c streams s 0
xreadgroup group g c streams s 1
xreadgroup group g c streams s 18446744073709551615-18446744073709551615
xreadgroup group g d streams s 0
xreadgroup group g e streams s >
xreadgroup group g e streams s >
xreadgroup count 1 streams s > group
xreadgroup streams s s s > > >
xreadgroup group streams streams streams s >
xpending s g
xpending s g - + 10
xpending s g - + 10 c
xpending s g - + 10 none
xpending s g idle 0 - + 10
xpending s g idle 100000 - + 10
xpending s g - + 0
xpending s g - + -5
xpending s g - +
xpending s g idle 1 - +
xpending s g (1-0 (3-0 10
xpending s g (- + 10
xpending s none
xpending s g x + 1
xpending s g - + x
xinfo groups s
xinfo stream s full
xack s g 1-0 1-0 5-5
xack s g x 3-0
xack s none 3-0
xack s g 3-0
xpending s g
xdel s 3-0
xgroup setid s g 0
xreadgroup group g d streams s >
xreadgroup group g c streams s >
xgroup setid s g 0
xreadgroup group g c streams s >
xpending s g
xpending s g - + 10
xdel s 1-0
xreadgroup group g c streams s 0
xreadgroup group g c count 1 streams s 0
xgroup delconsumer s g c
xpending s g
xgroup destroy s g
xinfo stream s full

# claiming
xadd s 1-0 a 1
xadd s 2-0 a 2
xadd s 3-0 a 3
xadd s 4-0 a 4
xgroup create s g 0
xreadgroup group g c count 3 streams s >
xclaim s g d 0 1-0 9-9
xclaim s g d 0 4-0
xclaim s g d 0 4-0 force
xclaim s g d 100000 2-0
xclaim s g d 0 2-0 justid
xclaim s g d 0 2-0 idle 5000 retrycount 7
xpending s g - + 10 d
xclaim s g e 1000 2-0 time 0
xclaim s g e 0 3-0 time 99999999999999 retrycount 9223372036854775807
xclaim s g e 0 3-0
xclaim s g d 0 3-0 lastid 9-9 justid
xclaim s g d x 3-0
xclaim s g d 0 x
xclaim s g d 0 3-0 nope
xclaim s g d 0 3-0 idle
xclaim s g d 0 3-0 idle x
xclaim s g d 0 3-0 time x
xclaim s g d 0 3-0 retrycount x
xclaim s g d 0 3-0 lastid x
xclaim s g d 0 force
xclaim s none d 0 3-0
xclaim s g d -5 3-0 retrycount -5
xinfo groups s
xdel s 3-0 1-0
xclaim s g f 0 3-0 force
xpending s g
xautoclaim s g f 0 0
xautoclaim s g f 0 0 count 1
xautoclaim s g f 0 2-1 count 1
xautoclaim s g f 0 (2-0 count 1 justid
xautoclaim s g f 0 - justid
xautoclaim s g f 0 + justid
xautoclaim s g f 100000 0
xautoclaim s g f x 0
xautoclaim s g f 0 x
xautoclaim s g f 0 0 count 0
xautoclaim s g f 0 0 count x
xautoclaim s g f 0 0 count 9223372036854775807
xautoclaim s g f 0 0 nope
xautoclaim s none f 0 0
xpending s g
xpending s g - + 10
xinfo consumers s g
xinfo stream s full

# lag and entries read
xadd s 1-0 a 1
xgroup create s g 0
xadd s 2-0 a 2
xinfo groups s
xreadgroup group g c count 1 streams s >
xinfo groups s
xadd s 3-0 a 3
xadd s 4-0 a 4
xdel s 3-0
xinfo groups s
xreadgroup group g c count 1 streams s >
xinfo groups s
xreadgroup group g c streams s >
xinfo groups s
xadd s 5-0 a 5
xinfo groups s
xtrim s maxlen 1
xinfo groups s
xgroup create s h 4-0
xgroup create s i 5-0
xgroup create s j 9-0
xgroup create s k $
xinfo groups s
xtrim s maxlen 0
xinfo groups s
xinfo stream s

# copying and renaming
xadd s 1-0 a 1
xgroup create s g 0
xreadgroup group g c streams s >
copy s t
xadd s 2-0 a 1
xack t g 1-0
xinfo stream s full
xinfo stream t full
rename s u
xinfo stream u full
expire u 1000
xadd u 3-0 a b
ttl u
del u
exists u

# documentation of the commands
command count x
command getkeys xread count 1 streams a b 0 0
command getkeys xreadgroup group g c streams a >
command getkeys xadd s * a b
command getkeys xinfo stream s
`;
