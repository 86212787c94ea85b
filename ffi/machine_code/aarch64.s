// What ffi/machine_code.ts holds as bytes for aarch64. Position independent.
// tests/ffi/machine_code_test.ts assembles this file and compares.

// calls(struct { long number, a, b, c, d, result, wanted; } *call)
// Makes one system call after the other and stores what each returned. Ends the
// process with status 127 at the first one that fails (a negative result) or,
// where "wanted" is not 0, returns something else. Uses no stack.
calls:
        mov     x19, x0
1:      ldr     x8, [x19]
        ldp     x0, x1, [x19, #8]
        ldp     x2, x3, [x19, #24]
        svc     #0
        str     x0, [x19, #40]
        tbnz    x0, #63, 3f
        ldr     x9, [x19, #48]
        cbz     x9, 2f
        cmp     x0, x9
        b.ne    3f
2:      add     x19, x19, #56
        b       1b
3:      mov     x8, #93                 // exit
        mov     x0, #127
        svc     #0

        .balign 8
// wake(int signal): a signal handler. Adds 1 to the eventfd behind it.
wake:
        ldr     w0, descriptor
        adr     x1, one
        mov     x2, #8
        mov     x8, #64                 // write
        svc     #0
        ret

        .balign 8
one:    .quad   1
descriptor:
        .quad   0                       // filled in
