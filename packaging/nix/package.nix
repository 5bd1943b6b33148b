# SPDX-License-Identifier: LGPL-2.1-or-later
{ lib
, stdenv
, fetchurl
, makeWrapper
, pkgsCross
, wine64
, coreutils
, gnugrep
, gnused
, version ? "0.1.0"
  # A placeholder: the project has no address yet. Give the tarball of a release instead: src = ./wine-bits-0.1.0.tar.gz.
, src ? fetchurl {
    url = "https://wine-bits.invalid/releases/wine-bits-${version}.tar.gz";
    hash = lib.fakeHash;
  }
}:

stdenv.mkDerivation {
  pname = "wine-bits";
  inherit version src;

  nativeBuildInputs = [
    makeWrapper
    pkgsCross.mingwW64.stdenv.cc
    pkgsCross.mingw32.stdenv.cc
    wine64 # widl, and the IDL files of the standard interfaces
  ];

  configureFlags = [ "--with-wine-idl=${wine64}/include/wine/windows" "WIDL=${wine64}/bin/widl" ];

  # Programs for Windows: what is done to those of the machine would damage them.
  dontStrip = true;
  dontPatchELF = true;

  postFixup = ''
    for tool in wine-bits wine-bits-setup wine-bits-wait; do
      wrapProgram $out/bin/$tool --suffix PATH : ${lib.makeBinPath [ coreutils gnugrep gnused wine64 ]} \
        --set-default WINE_BITS_DIR $out/lib/wine-bits
    done
  '';

  meta = {
    description = "Background Intelligent Transfer Service for Wine";
    homepage = "https://wine-bits.invalid/";
    license = lib.licenses.lgpl21Plus;
    platforms = lib.platforms.linux;
    mainProgram = "wine-bits";
  };
}
