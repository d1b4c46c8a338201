-- Whose database this is: control processes that share it must share the keys that gateways believe.
create table platform.installation (
  one boolean primary key default true check (one),
  id text not null,
  -- Raw Ed25519 public key, base64url.
  signing_key text not null
);
