// Starts worker processes with nothing but two descriptors, and takes from a process everything that decoding does not
// need. Linux only: Landlock, seccomp-bpf, resource limits.
#ifndef NFT_SANDBOX_H
#define NFT_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "worker_messages.h"

// What a locked process still may have.
typedef struct nft_sandbox_limits {
    // Address space beyond what is mapped when the process locks itself, in bytes.
    uint64_t memory;
    // The user and group that root becomes.
    uint32_t user;
    // Folders that stay readable (a list that ends with NULL); those that do not exist are skipped.
    const char *const *readable;
    // The process that this one belongs to: when its thread that started this one ends, this one gets SIGKILL. 0: none.
    pid_t parent;
    // Whether other threads may run, which Landlock then does not bind: for tests of the filter only.
    int32_t may_have_threads;
} nft_sandbox_limits;

// What came of it.
typedef struct nft_sandbox_report {
    // Landlock's version; 0 when the kernel has none.
    int32_t landlock;
    // Whether system calls are filtered.
    int32_t filtered;
    // On failure: errno, and the step that failed as a literal.
    int32_t error;
    const char *step;
} nft_sandbox_report;

// Locks the calling process, which must have one thread only: root becomes another user, no new privileges, no core
// dumps, limits of memory and files, no files but `readable` ones, no network, and system calls that decoding needs.
// Everything else kills the process with SIGSYS. There is no way back.
//
// Returns 0, or -1 when the process must not go on; kernels without Landlock or seccomp are no failure: see `report`.
int nft_sandbox_enter(nft_sandbox_limits limits, nft_sandbox_report *report);

// Whether the kernel filters system calls and this processor's are known here.
int nft_sandbox_can_filter(void);

// Landlock's version; 0 when the kernel has none.
int nft_sandbox_landlock_version(void);

// Starts `executable` with the arguments (a list that ends with NULL), an empty environment, /dev/null as its standard
// files, `socket` as descriptor 3 and `memory` as descriptor 4, no other descriptors, in a process group of its own.
//
// Returns 0 and the process's number, or an errno.
int nft_sandbox_spawn(const char *executable, const char *const *arguments, int socket, int memory, pid_t *process);

// Memory that can be shared with a process by its descriptor: `size` bytes that neither side can shrink or grow.
// Returns the descriptor (close-on-exec), or -1 with errno.
int nft_sandbox_shared_memory(size_t size);

// Gives pages of shared memory back to the system; they read as zeros afterwards.
int nft_sandbox_release(int memory, off_t offset, off_t length);

// A connected pair of stream sockets, close-on-exec; -1 with errno.
int nft_sandbox_socket_pair(int sockets[2]);

// A descriptor (close-on-exec) that can be read from when it was raised and not cleared since; -1 with errno.
int nft_sandbox_event(void);
void nft_sandbox_event_raise(int event);
void nft_sandbox_event_clear(int event);

// Processor time that a child has used, in nanoseconds; -1 when it is gone.
int64_t nft_sandbox_processor_time(pid_t process);

// Takes the remains of a child that has ended: its number with the status of wait(2), processor time in nanoseconds and the
// largest resident size in bytes; 0 when it goes on (with `blocks` it is waited for), -1 with errno.
pid_t nft_sandbox_collect(pid_t process, int blocks, int *status, int64_t *processor_time, int64_t *peak_bytes);

// The largest resident size of this process so far, in bytes.
int64_t nft_sandbox_peak_bytes(void);

// Waits up to `milliseconds` until `descriptor` or `interrupt` (-1: none) can be read from: 1 or 2 says which, 0 none, -1 with
// errno.
int nft_sandbox_wait(int descriptor, int interrupt, int milliseconds);

// Makes reads from a socket fail that take longer than a second.
void nft_sandbox_limit_reads(int socket);

// From now on a process that dies of SIGABRT, SIGTRAP, SIGILL, SIGSEGV or SIGBUS after an allocation failed (errno is
// ENOMEM) exits with this status instead.
enum { NFT_SANDBOX_OUT_OF_MEMORY = 77 };
void nft_sandbox_report_out_of_memory(void);

// What a locked process must not be able to do, for self-tests: each tries it once. Those that the filter forbids do
// not return; others return 0 when they succeeded, else an errno.
typedef enum nft_sandbox_attempt {
    NFT_SANDBOX_SOCKET = 1,
    NFT_SANDBOX_CONNECT,
    NFT_SANDBOX_WRITE_FILE,
    NFT_SANDBOX_CREATE_FILE,
    NFT_SANDBOX_FORK,
    NFT_SANDBOX_EXECUTE,
    NFT_SANDBOX_TRACE,
    NFT_SANDBOX_SIGNAL_PARENT,
    NFT_SANDBOX_EXECUTABLE_MEMORY,
    NFT_SANDBOX_READ_PASSWD,
    NFT_SANDBOX_READ_FONTS,
    NFT_SANDBOX_ALLOCATE,
    NFT_SANDBOX_CRASH,
    NFT_SANDBOX_HANG,
    NFT_SANDBOX_SPIN,
} nft_sandbox_attempt;
int nft_sandbox_try(nft_sandbox_attempt attempt);

#endif
