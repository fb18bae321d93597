// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// The smallest contract wallet (ERC-1271): what its one owner's key signed, it signed.
contract Wallet {
    address immutable owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 65) return 0xffffffff;
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        address signer = ecrecover(hash, uint8(signature[64]), r, s);
        return signer != address(0) && signer == owner ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// A wallet that signs nothing, loudly.
contract Refuser {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        revert("not an owner");
    }
}

/// Deploys wallets to addresses that are known before (CREATE2), as ERC-6492 needs it.
contract Factory {
    function deploy(address owner) external returns (Wallet) {
        return new Wallet{salt: 0}(owner);
    }
}
