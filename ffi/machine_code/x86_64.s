# What ffi/machine_code.ts holds as bytes for x86_64. Position independent.
# tests/ffi/machine_code_test.ts assembles this file and compares.

# calls(struct { long number, a, b, c, d, result, wanted; } *call)
# Makes one system call after the other and stores what each returned. Ends the
# process with status 127 at the first one that fails (a negative result) or,
# where "wanted" is not 0, returns something else. Uses no stack.
calls:
        mov     %rdi, %rbx
1:      mov     (%rbx), %rax
        mov     8(%rbx), %rdi
        mov     16(%rbx), %rsi
        mov     24(%rbx), %rdx
        mov     32(%rbx), %r10
        syscall
        mov     %rax, 40(%rbx)
        test    %rax, %rax
        js      3f
        mov     48(%rbx), %rcx
        test    %rcx, %rcx
        jz      2f
        cmp     %rcx, %rax
        jne     3f
2:      add     $56, %rbx
        jmp     1b
3:      mov     $60, %eax               # exit
        mov     $127, %edi
        syscall

        .balign 8, 0xcc
# wake(int signal): a signal handler. Adds 1 to the eventfd behind it.
wake:
        mov     descriptor(%rip), %edi
        lea     one(%rip), %rsi
        mov     $8, %edx
        mov     $1, %eax                # write
        syscall
        ret

        .balign 8, 0xcc
one:    .quad   1
descriptor:
        .quad   0                       # filled in
