/** Command lines whose replies must be those of redis-server. `list` is a list; everything else is missing at the start. */
export const hyperLogLogScenarios = String.raw`
pfadd h
get h
pfadd h
pfcount h
get h
pfadd h a b c
get h
pfadd h a b c
pfadd h ""
pfcount h
get h
pfcount h
pfcount h h
pfcount none
pfcount none h none
pfadd list a
pfcount list
pfcount h list
pfcount none list
pfmerge list h
pfmerge h list
pfmerge d list h
pfadd
pfcount
pfmerge
pfdebug
pfdebug encoding
pfdebug encoding h x
pfdebug encoding none
pfdebug encoding list
pfdebug nonsense h
pfdebug nonsense none
pfdebug ENCODING h
pfdebug decode h
pfdebug todense h
pfdebug todense h
pfdebug encoding h
pfdebug decode h
get h
pfcount h
get h
pfadd h a b c
get h
pfadd h d
get h
pfselftest
pfselftest x

# expiry is kept
set h "" px 33177117420123
pfadd h a
del h
pfadd h a b c
pfmerge copy h
get copy
pfmerge copy h none h copy
get copy
pfdebug getreg copy
pfdebug encoding copy
pfmerge new
get new
pfcount new
pfcount copy h
pfmerge h copy
pfcount h

# anything but HyperLogLogs
set h foo
pfadd h a
pfcount h
pfcount h h
pfmerge h h
pfmerge none h
pfdebug encoding h
set h 12345
pfadd h a
set h "HYLL"
pfadd h a
set h "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
pfadd h a
set h "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
pfadd h
pfadd h a
pfcount h
get h
pfcount h h
pfdebug decode h
pfdebug todense h
pfdebug getreg h
pfmerge x h
set h "HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
pfadd h
set h "HYLL\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff"
pfadd h
set h "hyll\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff"
pfadd h

# cached cardinalities are believed
set h "HYLL\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x7f\x7f\xff"
pfcount h
pfcount h h
set h "HYLL\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\x1f\x00\x7f\xff"
pfcount h
set h "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x00\x7f\xff"
pfcount h
set h "HYLL\x01xyz\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"
pfcount h
get h

# registers that end before the last one, or go on
set h "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xfe"
pfcount h
pfcount h h
pfdebug decode h
pfdebug todense h
pfmerge x h
get x
set h "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff\x00"
pfcount h
pfcount h h
pfdebug decode h
pfdebug todense h
pfadd h a
get h
set h "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff\x80"
pfcount h
pfcount h h
# the second byte of the last opcode is missing
set h "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x40\xfe\x7f"
pfcount h
pfcount h h
pfdebug decode h
pfdebug todense h

# registers that adding can hardly make: all at 32, at 51 and at 63
setrange h 0 "HYLL"
setrange h 15 "\x80"
setrange h 12303 "\x00"
pfcount h
setbit h 128 0
pfcount h
pfadd h a
pfcount h
get h
`;
