hello from ${"java"}
