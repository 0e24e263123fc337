#pragma once

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

// Swift cannot call variadic C functions, which curl_easy_setopt and its kin are: one wrapper for each type of value.

static inline CURLcode curl_shim_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_shim_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_shim_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode curl_shim_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

/// Makes the request a POST with a copy of `bytes`.
static inline CURLcode curl_shim_set_body(CURL *handle, const void *bytes, size_t count) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_POST, 1L);
    if (code == CURLE_OK) { code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count); }
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, count > 0 ? bytes : "");
}

typedef size_t (*curl_shim_data_callback)(char *, size_t, size_t, void *);

/// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION, which share their shape.
static inline CURLcode curl_shim_set_data_callback(
    CURL *handle, CURLoption function, CURLoption context, curl_shim_data_callback callback, void *value) {
    CURLcode code = curl_easy_setopt(handle, function, callback);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, context, value);
}

static inline CURLcode curl_shim_set_open_socket(CURL *handle, curl_opensocket_callback callback, void *value) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, value);
}

/// Called about once a second, whatever happens; another result than 0 ends the transfer.
static inline CURLcode curl_shim_set_progress(CURL *handle, curl_xferinfo_callback callback, void *value) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callback);
    if (code == CURLE_OK) { code = curl_easy_setopt(handle, CURLOPT_XFERINFODATA, value); }
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}

/// HTTP and HTTPS only, for the first request and for redirects.
static inline CURLcode curl_shim_only_web(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    return code != CURLE_OK
        ? code : curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/// Lets a thread that still looks up a name end by itself, where libcurl would wait for it and hold up everybody.
static inline void curl_shim_abandon_lookups(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)handle;
#endif
}

static inline CURLMcode curl_shim_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline long curl_shim_response_code(CURL *handle) {
    long value = 0;
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &value) == CURLE_OK ? value : 0;
}

/// Microseconds from the start of the transfer to its end.
static inline curl_off_t curl_shim_total_time(CURL *handle) {
    curl_off_t value = 0;
    return curl_easy_getinfo(handle, CURLINFO_TOTAL_TIME_T, &value) == CURLE_OK ? value : 0;
}

/// The announced length of the body; negative when there is none.
static inline curl_off_t curl_shim_content_length(CURL *handle) {
    curl_off_t value = -1;
    return curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &value) == CURLE_OK ? value : -1;
}

/// Owned by the handle; may be null.
static inline const char *curl_shim_info_string(CURL *handle, CURLINFO info) {
    char *value = NULL;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : NULL;
}

/// Copies the address into `bytes` (room for 16); 4 or 16, or 0 for what is neither IPv4 nor IPv6.
static inline int curl_shim_address_bytes(const struct curl_sockaddr *address, unsigned char *bytes) {
    if (address->family == AF_INET && address->addrlen >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy(&v4, &address->addr, sizeof v4);
        memcpy(bytes, &v4.sin_addr, 4);
        return 4;
    }
    if (address->family == AF_INET6 && address->addrlen >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        memcpy(&v6, &address->addr, sizeof v6);
        memcpy(bytes, &v6.sin6_addr, 16);
        return 16;
    }
    return 0;
}

static inline curl_socket_t curl_shim_open_socket(const struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// The transfer and result of a finished message; null for messages of other kinds.
static inline CURL *curl_shim_finished(const CURLMsg *message, CURLcode *result) {
    if (message->msg != CURLMSG_DONE) { return NULL; }
    *result = message->data.result;
    return message->easy_handle;
}

static inline CURLMcode curl_shim_multi_set_socket(CURLM *multi, curl_socket_callback callback, void *value) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
    return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, value);
}

static inline CURLMcode curl_shim_multi_set_timer(CURLM *multi, curl_multi_timer_callback callback, void *value) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
    return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_TIMERDATA, value);
}

/// Bytes of the body as they came over the wire, before content-decoding.
static inline curl_off_t curl_shim_wire_bytes(CURL *handle) {
    curl_off_t value = 0;
    return curl_easy_getinfo(handle, CURLINFO_SIZE_DOWNLOAD_T, &value) == CURLE_OK ? value : 0;
}

/// Makes `poll` watch `socket` for what libcurl calls `what`; adding and changing are told apart by trying.
static inline int curl_shim_watch(int poll, curl_socket_t socket, int what) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.data.fd = socket;
    if (what == CURL_POLL_REMOVE) { return epoll_ctl(poll, EPOLL_CTL_DEL, socket, &event); }
    if (what != CURL_POLL_OUT) { event.events |= EPOLLIN; }
    if (what != CURL_POLL_IN) { event.events |= EPOLLOUT; }
    if (epoll_ctl(poll, EPOLL_CTL_MOD, socket, &event) == 0) { return 0; }
    return errno == ENOENT ? epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) : -1;
}

#define CURL_SHIM_MAXIMUM_EVENTS 256

/// Waits, and writes the ready sockets and what libcurl calls their states; their number, 0 on time-out or a signal.
static inline int curl_shim_wait(int poll, int milliseconds, curl_socket_t *sockets, int *states) {
    struct epoll_event events[CURL_SHIM_MAXIMUM_EVENTS];
    int count = epoll_wait(poll, events, CURL_SHIM_MAXIMUM_EVENTS, milliseconds);
    for (int i = 0; i < count; i++) {
        sockets[i] = events[i].data.fd;
        states[i] = 0;
        if (events[i].events & EPOLLIN) { states[i] |= CURL_CSELECT_IN; }
        if (events[i].events & EPOLLOUT) { states[i] |= CURL_CSELECT_OUT; }
        if (events[i].events & (EPOLLERR | EPOLLHUP)) { states[i] |= CURL_CSELECT_ERR; }
    }
    return count < 0 ? 0 : count;
}

static inline int curl_shim_poll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int curl_shim_event_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
