#define _GNU_SOURCE
#include "CSandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"

static int failed(nft_sandbox_report *report, const char *step) {
    report->error = errno;
    report->step = step;
    return -1;
}

static int count_threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL) return 0;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

// Threads that libraries have ended may need a moment to be gone.
static int has_one_thread(void) {
    for (int tries = 0; count_threads() != 1; tries++) {
        if (tries == 5000) return 0;
        usleep(1000);
    }
    return 1;
}

static int drop_root(uint32_t user) {
    if (getuid() != 0 && geteuid() != 0) return 0;
    if (setgroups(0, NULL) != 0 || setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0) return -1;
    // A way back would make it worthless.
    if (setuid(0) == 0 || getuid() == 0 || geteuid() == 0) {
        errno = EPERM;
        return -1;
    }
    return 0;
}

static int limit(int resource, uint64_t value) {
    struct rlimit old, new = {.rlim_cur = value, .rlim_max = value};
    if (getrlimit(resource, &old) != 0) return -1;
    if (old.rlim_max != RLIM_INFINITY && new.rlim_max > old.rlim_max) new.rlim_cur = new.rlim_max = old.rlim_max;
    return setrlimit(resource, &new);
}

static uint64_t mapped_bytes(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) return 0;
    if (fscanf(file, "%lu", &pages) != 1) pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

// The kernel's header may be older than the kernel: what came with later versions is spelt out here.
struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

// Version 1 knows 13 kinds of access to files; 2 added linking across folders, 3 truncation, 4 TCP, 5 device ioctls,
// 6 scopes for abstract sockets and signals.
static int landlock(const char *const *readable, int version) {
    struct ruleset rules = {.handled_access_fs = (1ULL << 13) - 1};
    size_t size = sizeof(uint64_t);
    if (version >= 2) rules.handled_access_fs |= 1ULL << 13;
    if (version >= 3) rules.handled_access_fs |= 1ULL << 14;
    if (version >= 4) rules.handled_access_net = 3, size = 2 * sizeof(uint64_t);
    if (version >= 5) rules.handled_access_fs |= 1ULL << 15;
    if (version >= 6) rules.scoped = 3, size = 3 * sizeof(uint64_t);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset < 0) return -1;
    for (; *readable != NULL; readable++) {
        int folder = open(*readable, O_PATH | O_CLOEXEC);
        if (folder < 0) continue;
        struct landlock_path_beneath_attr rule = {
            .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR, .parent_fd = folder};
        int result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
        close(folder);
        if (result != 0) {
            close(ruleset);
            return -1;
        }
    }
    int result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return result;
}

int nft_sandbox_landlock_version(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? (int)version : 0;
}

int nft_sandbox_enter(nft_sandbox_limits limits, nft_sandbox_report *report) {
    memset(report, 0, sizeof *report);
    // Landlock binds only the thread that asks for it.
    if (!limits.may_have_threads && !has_one_thread()) {
        errno = EBUSY;
        return failed(report, "other threads run");
    }
    // Later /proc is out of reach.
    uint64_t mapped = mapped_bytes();
    if (mapped == 0) return failed(report, "measuring memory");
    if (drop_root(limits.user) != 0) return failed(report, "becoming another user than root");
    // Becoming another user has made the kernel forget it, if it knew.
    if (limits.parent != 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != limits.parent)) {
        errno = ESRCH;
        return failed(report, "following the program");
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed(report, "giving up new privileges");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failed(report, "giving up core dumps");

    int version = nft_sandbox_landlock_version();
    if (version > 0) {
        if (landlock(limits.readable, version) != 0) return failed(report, "closing the file system");
        report->landlock = version;
    }

    if (limit(RLIMIT_CORE, 0) != 0 || limit(RLIMIT_FSIZE, 0) != 0 || limit(RLIMIT_NOFILE, 64) != 0
        || limit(RLIMIT_MEMLOCK, 0) != 0)
        return failed(report, "limiting files");

    report->filtered = nft_sandbox_can_filter();
    // Threads count as processes. The filter tells them apart; without it none may be started.
    if (!report->filtered && limit(RLIMIT_NPROC, 0) != 0) return failed(report, "limiting processes");
    if (limit(RLIMIT_AS, mapped + limits.memory) != 0) return failed(report, "limiting memory");
    if (report->filtered && nft_sandbox_filter(report->landlock > 0) != 0)
        return failed(report, "filtering system calls");
    return 0;
}

static void end_out_of_memory(int signal) {
    (void)signal;
    if (errno == ENOMEM) _exit(NFT_SANDBOX_OUT_OF_MEMORY);
    // The default action is back: what raised the signal raises it again.
}

void nft_sandbox_report_out_of_memory(void) {
    static const int signals[] = {SIGABRT, SIGTRAP, SIGILL, SIGSEGV, SIGBUS};
    struct sigaction action = {.sa_handler = end_out_of_memory, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
}
