--- Asked for by Kong's jwt for tokens that are signed by a secret, which none here is.
return {}
