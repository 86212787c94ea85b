#!/bin/sh
# Plays a shim for the tests: ID DIRECTORY RUNTIME.
cd "$2"
case $(cat streams) in
terminal) SHELL=/bin/sh script -qfec 'exec sh ./run' /dev/null <>stdin >>stdout ;;
'with input') sh ./run <stdin >>stdout 2>>stderr ;;
*) sh ./run </dev/null >>stdout 2>>stderr ;;
esac
echo $? >exit.new
mv exit.new exit
