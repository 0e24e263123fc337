#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int nft_sandbox_spawn(const char *executable, const char *const *arguments, int socket, int memory, pid_t *process) {
    // Out of the way of the numbers that the child gets them as.
    int high_socket = fcntl(socket, F_DUPFD_CLOEXEC, 16);
    int high_memory = fcntl(memory, F_DUPFD_CLOEXEC, 16);
    int result = high_socket < 0 || high_memory < 0 ? errno : 0;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    for (int descriptor = 0; result == 0 && descriptor < 3; descriptor++)
        result = posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", O_RDWR, 0);
    if (result == 0) result = posix_spawn_file_actions_adddup2(&files, high_socket, 3);
    if (result == 0) result = posix_spawn_file_actions_adddup2(&files, high_memory, 4);
    if (result == 0) result = posix_spawn_file_actions_addclosefrom_np(&files, 5);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (result == 0) result = posix_spawnattr_setsigmask(&attributes, &none);
    if (result == 0) result = posix_spawnattr_setsigdefault(&attributes, &all);
    if (result == 0) result = posix_spawnattr_setpgroup(&attributes, 0);
    if (result == 0)
        result = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    char *const environment[] = {NULL};
    if (result == 0)
        result = posix_spawn(process, executable, &files, &attributes, (char *const *)arguments, environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (high_socket >= 0) close(high_socket);
    if (high_memory >= 0) close(high_memory);
    return result;
}

int nft_sandbox_shared_memory(size_t size) {
    int memory = memfd_create("pictures", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0) return -1;
    if (ftruncate(memory, (off_t)size) != 0 || fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        int error = errno;
        close(memory);
        errno = error;
        return -1;
    }
    return memory;
}

int nft_sandbox_release(int memory, off_t offset, off_t length) {
    return fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int nft_sandbox_socket_pair(int sockets[2]) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets); }

int nft_sandbox_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
void nft_sandbox_event_raise(int event) { eventfd_write(event, 1); }

void nft_sandbox_event_clear(int event) {
    eventfd_t value;
    eventfd_read(event, &value);
}

int64_t nft_sandbox_processor_time(pid_t process) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return -1;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

pid_t nft_sandbox_collect(pid_t process, int blocks, int *status, int64_t *processor_time, int64_t *peak_bytes) {
    struct rusage usage;
    pid_t ended;
    do ended = wait4(process, status, blocks ? 0 : WNOHANG, &usage);
    while (ended < 0 && errno == EINTR);
    if (ended <= 0) return ended;
    *processor_time = ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000
                      + ((int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
    *peak_bytes = (int64_t)usage.ru_maxrss * 1024;
    return ended;
}

int64_t nft_sandbox_peak_bytes(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}

int nft_sandbox_wait(int descriptor, int interrupt, int milliseconds) {
    struct pollfd watched[2] = {{.fd = descriptor, .events = POLLIN}, {.fd = interrupt, .events = POLLIN}};
    int count = poll(watched, 2, milliseconds);
    if (count <= 0) return count;
    return watched[0].revents != 0 ? 1 : 2;
}

void nft_sandbox_limit_reads(int socket) {
    struct timeval second = {.tv_sec = 1};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
}
