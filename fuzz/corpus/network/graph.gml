Creator "x"
graph [ directed 0 node [ id 0 label "a&amp;b" graphics [ x 1 ] ] node [ id 1 label "c" Latitude 50.1 Longitude 8 ] edge [ source 0 target 1 latency 5.5 LinkSpeed "10" LinkSpeedUnits "G" ] ]
