#define _GNU_SOURCE
#include "filter.h"

#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifndef ARCHITECTURE

int nft_sandbox_can_filter(void) { return 0; }

int nft_sandbox_filter(int files_are_guarded) {
    (void)files_are_guarded;
    errno = ENOSYS;
    return -1;
}

#else

int nft_sandbox_can_filter(void) {
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

// A program for the kernel's virtual machine (seccomp(2), "struct seccomp_data").
struct program {
    struct sock_filter code[256];
    unsigned short count;
};

static void emit(struct program *p, uint16_t code, uint32_t value, uint8_t yes, uint8_t no) {
    p->code[p->count++] = (struct sock_filter){.code = code, .jt = yes, .jf = no, .k = value};
}

static void load(struct program *p, size_t offset) { emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0); }
static void answer(struct program *p, uint32_t action) { emit(p, BPF_RET | BPF_K, action, 0, 0); }

// Arguments other than pointers are looked at by their lower 32 bits; both processors are little-endian.
static size_t argument(int index) { return offsetof(struct seccomp_data, args) + (size_t)index * 8; }

// One system call, one answer.
static void plain(struct program *p, long call, uint32_t action) {
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
    answer(p, action);
}

// One system call whose answer depends on whether `test` holds for an argument.
static void judged(
    struct program *p, long call, int index, uint16_t test, uint32_t value, uint32_t yes, uint32_t no) {
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4);
    load(p, argument(index));
    emit(p, (uint16_t)(BPF_JMP | test | BPF_K), value, 0, 1);
    answer(p, yes);
    answer(p, no);
}

// Whether a pointer is NULL: both halves count.
static void only_without(struct program *p, long call, int index) {
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 6);
    load(p, argument(index));
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
    load(p, argument(index) + 4);
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
    answer(p, SECCOMP_RET_ALLOW);
    answer(p, SECCOMP_RET_ERRNO | EPERM);
}

enum {
    ALLOW = SECCOMP_RET_ALLOW,
    WRITES = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND,
};
#define KILL SECCOMP_RET_KILL_PROCESS
#define FAIL(error) (SECCOMP_RET_ERRNO | (error))

static const long harmless[] = {
    // What it was given: the socket, the shared memory, and fonts below.
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_close, SYS_lseek, SYS_ppoll,
    // Memory and time.
    SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_membarrier, SYS_clock_gettime, SYS_clock_getres,
    SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_times, SYS_getrusage, SYS_sysinfo, SYS_uname,
    SYS_getrandom,
    // Threads and signals of its own.
    SYS_futex, SYS_set_robust_list, SYS_get_robust_list, SYS_set_tid_address, SYS_rseq, SYS_sched_yield,
    SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_get_priority_min,
    SYS_sched_get_priority_max, SYS_getpriority, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
    SYS_sigaltstack, SYS_restart_syscall, SYS_exit, SYS_exit_group,
    // Who it is.
    SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getcwd,
    // Looking at files: librsvg's fonts are found so.
    SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_getdents64, SYS_faccessat, SYS_faccessat2,
    SYS_fadvise64, SYS_readlinkat,
#if defined(__x86_64__)
    SYS_poll, SYS_stat, SYS_lstat, SYS_access, SYS_getdents, SYS_readlink, SYS_time, SYS_getrlimit, SYS_arch_prctl,
#endif
};

int nft_sandbox_filter(int files_are_guarded) {
    struct program p = {.count = 0};
    // Numbers of system calls mean something else for programs of another architecture.
    load(&p, offsetof(struct seccomp_data, arch));
    emit(&p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    answer(&p, KILL);

    load(&p, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) plain(&p, harmless[i], ALLOW);

    // Files: to read only. With Landlock the kernel says which; without it, none.
    uint32_t reading = files_are_guarded ? (uint32_t)ALLOW : FAIL(EACCES);
    judged(&p, SYS_openat, 2, BPF_JSET, WRITES, KILL, reading);
#if defined(__x86_64__)
    judged(&p, SYS_open, 1, BPF_JSET, WRITES, KILL, reading);
#endif
    plain(&p, SYS_openat2, FAIL(ENOSYS));
    plain(&p, SYS_ioctl, FAIL(ENOTTY));
    // How GLib finds out whether its warnings go to the journal.
    plain(&p, SYS_getpeername, FAIL(ENOTSOCK));
    judged(&p, SYS_fcntl, 1, BPF_JEQ, F_GETFL, ALLOW, FAIL(EPERM));

    // No code but what is loaded already.
    judged(&p, SYS_mmap, 2, BPF_JSET, PROT_EXEC, FAIL(EACCES), ALLOW);
    judged(&p, SYS_mprotect, 2, BPF_JSET, PROT_EXEC, FAIL(EACCES), ALLOW);

    // Threads, no processes. The C library falls back from clone3, whose flags lie in memory that cannot be judged.
    judged(&p, SYS_clone, 0, BPF_JSET, CLONE_THREAD, ALLOW, KILL);
    plain(&p, SYS_clone3, FAIL(ENOSYS));

    // A signal to itself is how abort works; limits may be asked for, not set; threads may be named.
    judged(&p, SYS_tgkill, 0, BPF_JEQ, (uint32_t)getpid(), ALLOW, FAIL(EPERM));
    judged(&p, SYS_prctl, 0, BPF_JEQ, PR_SET_NAME, ALLOW, FAIL(EPERM));
    only_without(&p, SYS_prlimit64, 2);
    plain(&p, SYS_sched_setaffinity, FAIL(EPERM));
    plain(&p, SYS_sched_setscheduler, FAIL(EPERM));
    plain(&p, SYS_setpriority, FAIL(EPERM));
    answer(&p, KILL);

    struct sock_fprog program = {.len = p.count, .filter = p.code};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

#endif
