/** Command lines whose replies must be those of redis-server. `list` is a list; everything else is missing at the start. */
export const bitmapScenarios = String.raw`
setbit k 7 1
setbit k 7 1
setbit k 7 0
get k
setbit k 100 1
strlen k
setbit k 5 2
setbit k 5 x
setbit k 5 -1
setbit k -1 1
setbit k x 1
setbit k #1 1
setbit k 4294967296 1
setbit k 9223372036854775807 1
setbit none 4294967296 0
setbit list 1 1
setbit list 1 2
setbit zero 9 0
get zero
getbit k 7
getbit k 100
getbit k 4294967295
getbit k 4294967296
getbit k -1
getbit none 5
getbit list 5
getbit list x
set n 123
getbit n 2
setbit n 2 0
get n

bitcount k
bitcount k 0
bitcount k x y z w
bitcount list
bitcount list 0
set k foobar
bitcount k
bitcount k 0 0
bitcount k 1 1
bitcount k 0 -1
bitcount k 1 -2
bitcount k -2 1
bitcount k 0 1000
bitcount k -6 -7
bitcount k -1000 -1001
bitcount k 5 30 bit
bitcount k 5 30 BYTE
bitcount k 0 -1 bit
bitcount k -8 -1 bit
bitcount k 3 3 bit
bitcount k -1 -2 foo
bitcount k 1 2 foo
bitcount k 0
bitcount k x 1
bitcount k 1 x
bitcount k 1 2 bit 3
bitcount k 9223372036854775807 9223372036854775807
bitcount k -9223372036854775808 9223372036854775807 bit
set e ""
bitcount e
bitcount e 0 -1
bitcount e 0 -1 bit

bitpos k 0
bitpos k 1
bitpos k 2
bitpos k x
bitpos k 1 x
bitpos list 1
bitpos list 2
set k "\xff\xf0\x00"
bitpos k 0
bitpos k 1
bitpos k 0 0
bitpos k 0 2
bitpos k 1 2
bitpos k 0 0 0
bitpos k 0 0 -1
bitpos k 0 -2 -1
bitpos k 1 10
bitpos k 0 10
bitpos k 1 -100 100
bitpos k 0 2 1
bitpos k 0 3 11 bit
bitpos k 0 3 12 bit
bitpos k 1 12 23 bit
bitpos k 1 0 -1 byte
bitpos k 1 0 -1 foo
bitpos k 1 0 -1 bit 5
bitpos k 1 x -1 foo
bitpos k 1 0 x foo
bitpos k 1 0 x bit
set k "\xff\xff\xff"
bitpos k 0
bitpos k 0 0
bitpos k 0 0 -1
bitpos k 0 0 -1 bit
bitpos k 0 3
set k ""
bitpos k 0
bitpos k 1
bitpos k 0 0
bitpos k 0 0 -1

bitop and d a b
set a "\xff\x0f\x01\x02\x03"
set b "\xf0\xff"
bitop and d a b
get d
bitop or d a b
get d
bitop xor d a b
get d
bitop AND d a none
get d
bitop or d a none b
get d
bitop not d a
get d
bitop not d a b
bitop not a a
get a
bitop foo d a
bitop and d list
bitop and d a list
bitop not d list
bitop not d none
get d
set d v ex 100
bitop xor d a b
ttl d
bitop and list a
get list
bitop and d
bitop or b b a b
get b

bitfield k
bitfield list
bitfield list get u8 0
bitfield list get u8
bitfield k get u8 0
bitfield k set u8 0 255 get u8 0 get i8 0 get u4 4 get u1 7 get u16 0
bitfield k incrby u8 0 1
bitfield k overflow sat incrby u8 0 -5
bitfield k overflow sat incrby u8 0 500
bitfield k overflow fail incrby u8 0 1 incrby u8 8 1
bitfield k overflow wrap incrby i8 0 100 incrby i8 0 100
bitfield k overflow foo
bitfield k overflow
bitfield k overflow sat
bitfield k get u64 0
bitfield k get i65 0
bitfield k get u0 0
bitfield k get U8 0
bitfield k get i 0
bitfield k get x8 0
bitfield k get "" 0
bitfield k get u8 -1
bitfield k get u8 x
bitfield k get u8 #
bitfield k get u8 #-1
bitfield k set u8 #2 7 get u8 #2 get u8 16
bitfield k set u8 4294967295 1 foo
bitfield k get u8 4294967296
bitfield k get u8 #536870912
bitfield k set u8 0 x
bitfield k set u8 0
bitfield k foo
bitfield k set i64 3 -9223372036854775808 get i64 3 incrby i64 3 -1 get i64 3
bitfield k overflow sat set i64 3 9223372036854775807 incrby i64 3 1 get i64 3
bitfield k overflow fail incrby i64 3 1
bitfield k set u63 5 9223372036854775807 incrby u63 5 1 get u63 5
bitfield k overflow sat incrby u63 5 -1 set u63 5 -1 get u63 5
bitfield k overflow sat set i8 0 -9223372036854775808 get i8 0
bitfield k overflow sat set i8 0 -129 get i8 0
bitfield k overflow sat set u8 0 -1 get u8 0
bitfield k overflow fail set u8 0 -1 set u8 0 256 set i8 0 128
bitfield k set u8 0 -1 get u8 0 set i8 0 300 get i8 0
bitfield k set i53 1 -4503599627370496 get i53 1 incrby i53 1 -1 get i53 1
bitfield k set u52 1 4503599627370495 get u52 1 incrby u52 1 9223372036854775807 get u52 1
bitfield_ro k get u8 0 get i5 3
bitfield_ro k set u8 0 1
bitfield_ro k get u8 0 overflow sat
bitfield_ro none get u8 0
bitfield_ro list get u8 0
bitfield_ro list set u8 0 1
bitfield grow overflow fail set u8 0 256
get grow
`;
