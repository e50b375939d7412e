# Put here what nixos-generate-config wrote on the machine itself.
{ }
