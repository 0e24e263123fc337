// Inside CSandbox: the filter of system calls.
#ifndef NFT_SANDBOX_FILTER_H
#define NFT_SANDBOX_FILTER_H

// Allows what decoding needs, answers some calls with an error, and kills the process for all others. Without
// `files_are_guarded` (Landlock), opening a file fails.
int nft_sandbox_filter(int files_are_guarded);

#endif
