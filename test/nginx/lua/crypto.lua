--- OpenSSL 3's libcrypto, the functions that the files beside this one call (openssl.org/docs/man3.0/man3).

local ffi = require "ffi"

ffi.cdef [[
  typedef struct evp_pkey_st EVP_PKEY;
  typedef struct evp_md_ctx_st EVP_MD_CTX;
  typedef struct evp_pkey_ctx_st EVP_PKEY_CTX;
  typedef struct evp_md_st EVP_MD;
  EVP_PKEY *d2i_PUBKEY(EVP_PKEY **a, const unsigned char **in, long length);
  void EVP_PKEY_free(EVP_PKEY *key);
  EVP_MD_CTX *EVP_MD_CTX_new(void);
  void EVP_MD_CTX_free(EVP_MD_CTX *ctx);
  const EVP_MD *EVP_get_digestbyname(const char *name);
  int EVP_DigestVerifyInit(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const EVP_MD *type, void *engine, EVP_PKEY *key);
  int EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *signature, size_t length, const unsigned char *text, size_t text_length);
  int EVP_PKEY_CTX_set_rsa_padding(EVP_PKEY_CTX *ctx, int padding);
  int EVP_PKEY_CTX_set_rsa_pss_saltlen(EVP_PKEY_CTX *ctx, int length);
  unsigned char *SHA256(const unsigned char *text, size_t length, unsigned char *digest);
  int RAND_bytes(unsigned char *bytes, int count);
  void ERR_clear_error(void);
]]

return ffi.load("libcrypto.so.3")
