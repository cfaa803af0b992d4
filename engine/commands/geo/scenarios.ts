/** Command lines whose replies must be those of redis-server. Every paragraph starts with empty keyspaces. */
export const geoScenarios = `
geoadd g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
geoadd g nx 1 1 Palermo 2 2 new
geoadd g xx ch 1 1 Palermo 3 3 newer
geoadd g ch 5 5 new 6 6 newest
geoadd g nx xx 1 1 a
geoadd g 1 1
geoadd g 1 1 a 2
geoadd g nx ch
geoadd g nx ch xx
geoadd g x 1 a
geoadd g 1 x a
geoadd g 181 1 a
geoadd g -180.1 1 a
geoadd g 1 85.06 a
geoadd g 1 -90 a
geoadd g nan 1 a
geoadd g inf 1 a
geoadd g 1 -inf a
geoadd g 1e22 -1e300 a
geoadd g 1 1 ok 200 1 bad
geoadd g 180 85.05112878 ne -180 -85.05112878 sw 180 -85.05112878 se -180 85.05112878 nw 0 0 zero -0 -0 null
zrange g 0 -1 withscores
geopos g ne sw se nw zero null
geohash g ne sw se nw zero null Palermo
type g
object encoding g
geoadd

geoadd g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
geodist g Palermo Catania
geodist g Palermo Catania m
geodist g Palermo Catania KM
geodist g Palermo Catania ft
geodist g Palermo Catania Mi
geodist g Palermo Catania x
geodist g Palermo Catania m m
geodist g Palermo nope
geodist g nope Catania x
geodist none a b
geodist none a b x
geodist g Palermo Palermo
geodist g Palermo
geopos g
geopos g Palermo nope Catania
geopos none a b
geopos none
geohash g
geohash g Palermo nope Catania
geohash none a

geoadd g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 38.788135 edge1 17.241510 38.788135 edge2
geosearch g fromlonlat 15 37 byradius 200 km
geosearch g fromlonlat 15 37 byradius 200 km asc
geosearch g fromlonlat 15 37 byradius 200 km desc withdist
geosearch g fromlonlat 15 37 bybox 400 400 km asc withcoord withdist withhash
geosearch g bybox 400 400 km fromlonlat 15 37 asc
geosearch g frommember Palermo byradius 0 m
geosearch g frommember Palermo byradius 166274.1516 m
geosearch g frommember nope byradius 1 m
geosearch none frommember nope byradius 1 m
geosearch none frommember nope byradius 1
geosearch g frommember Palermo fromlonlat 15 37 byradius 1 m
geosearch g fromlonlat 15 37 frommember Palermo byradius 1 m
geosearch g fromlonlat 15 37 byradius 1 m bybox 1 1 m
geosearch g fromlonlat 15 37 asc desc count 1
GeoSearch g byradius 1 m asc desc count 1
geosearch g fromlonlat 15 37 byradius 200 km count 1
geosearch g fromlonlat 15 37 byradius 200 km count 1 any
geosearch g fromlonlat 15 37 byradius 200 km count 1 desc
geosearch g fromlonlat 15 37 byradius 200 km count 100 any desc
geosearch g fromlonlat 15 37 byradius 200 km any
geosearch g fromlonlat 15 37 byradius 200 km count 0
geosearch g fromlonlat 15 37 byradius 200 km count x
geosearch g fromlonlat 15 37 byradius 200 km count
geosearch g fromlonlat 15 37 byradius -1 km
geosearch g fromlonlat 15 37 byradius x km
geosearch g fromlonlat 15 37 byradius 1 miles
geosearch g fromlonlat 15 37 bybox x 1 km
geosearch g fromlonlat 15 37 bybox 1 x km
geosearch g fromlonlat 15 37 bybox -1 1 km
geosearch g fromlonlat 15 37 bybox 1 1 miles
geosearch g fromlonlat 15 37 bybox 1 1
geosearch g fromlonlat 200 37 bybox 1 1 km
geosearch g fromlonlat 15 37 byradius 200 km store x
geosearch g fromlonlat 15 37 byradius 200 km storedist
geosearch g fromlonlat 15 37 byradius 20000 km asc
geosearch g fromlonlat 15 37 byradius 1e300 km asc
geosearch g fromlonlat 15 37 byradius inf km asc

geoadd g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
geosearchstore d g fromlonlat 15 37 byradius 200 km
zrange d 0 -1 withscores
geosearchstore d g fromlonlat 15 37 byradius 200 km storedist
zrange d 0 -1 withscores
geosearchstore d g fromlonlat 15 37 byradius 200 km asc count 1 storedist
zrange d 0 -1 withscores
geosearchstore d g fromlonlat 15 37 byradius 200 km withdist
geosearchstore d g fromlonlat 15 37 byradius 200 km withhash
geosearchstore d g fromlonlat 15 37
geosearchstore g g fromlonlat 15 37 byradius 100 km
zrange g 0 -1
geosearchstore d g fromlonlat 100 37 byradius 1 km
exists d
set s v
geosearchstore s g fromlonlat 15 37 byradius 100 km
type s
geosearchstore s none fromlonlat 15 37 byradius 100 km
exists s

geoadd g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
georadius g 15 37 200 km
georadius g 15 37 200 km asc withdist withcoord withhash
georadius g 15 37 200 km store d
zrange d 0 -1 withscores
georadius g 15 37 200 km storedist d count 1
zrange d 0 -1 withscores
georadius g 15 37 200 km storedist d store e
zrange e 0 -1 withscores
georadius g 15 37 200 km store d withdist
georadius g 15 37 200 km store
georadius g 15 37 200 km frommember Palermo
georadius g 15 37 1 m store d
exists d
georadius none 15 37 200 km
georadius none 15 37 200 km store e
exists e
georadius g 15 97 200 km
georadius g 15 37 -1 km
georadius g 15 37 1 x
georadius g 15 37
georadius_ro g 15 37 200 km asc
georadius_ro g 15 37 200 km store d
georadiusbymember g Palermo 200 km
georadiusbymember g Palermo 200 km desc withdist
georadiusbymember g nope 200 km
georadiusbymember none nope 200 km
georadiusbymember none nope x x
georadiusbymember none nope 200 km store
georadiusbymember none nope 200 km store e
georadiusbymember g Palermo 200 km store d
zrange d 0 -1 withscores
georadiusbymember g Palermo x km
georadiusbymember_ro g Palermo 200 km withcoord
georadiusbymember_ro g Palermo 200 km storedist d

set s v
geoadd s 1 1 a
geoadd s 200 1 a
geodist s a b
geodist s a b x
geopos s a
geohash s a
geosearch s fromlonlat 1 1 byradius 1 m
geosearch s nonsense 1 1 byradius 1 m
georadius s 1 1 1 m
georadius s x 1 1 m
georadiusbymember s a 1 m
geosearchstore d s fromlonlat 1 1 byradius 1 m

zadd z 1 a -1 b 1.5 c 1e300 d inf e -inf f 9007199254740993 g 3479099956230698.7 h
geopos z a b c d e f g h
geohash z a b c d e f g h
geodist z a b
geosearch z fromlonlat 0 0 byradius 30000 km withhash
`;
