; An installer of Inno Setup that downloads by BITS before it begins, with interfaces of its Pascal Script.
; SPDX-License-Identifier: LGPL-2.1-or-later
;
; setup.exe /VERYSILENT /LOG=FILE; SETUP_URL and SETUP_FILE in the environment. What it did stands in the log.

[Setup]
AppName=wine-bits test
AppVersion=1
DefaultDirName={tmp}
CreateAppDir=no
Uninstallable=no
PrivilegesRequired=lowest
OutputBaseFilename=setup
Compression=none

[Code]
const
  StateError = 4;
  StateTransferred = 6;

type
  { The methods stand in the order of the vtable; those that are not called are placeholders. }
  IBackgroundCopyError = interface(IUnknown)
    '{19c613a0-fcb8-4f28-81ae-897c3d078f81}'
    function GetError(var Context: Integer; var Code: HResult): HResult;
  end;

  IBackgroundCopyJob = interface(IUnknown)
    '{37668d37-507e-4160-9316-26306d150b12}'
    procedure AddFileSet;
    function AddFile(RemoteUrl, LocalName: String): HResult;
    procedure EnumFiles;
    procedure Suspend;
    function Resume: HResult;
    function Cancel: HResult;
    function Complete: HResult;
    function GetId(var Id: TGUID): HResult;
    procedure GetType;
    procedure GetProgress;
    procedure GetTimes;
    function GetState(var State: Integer): HResult;
    function GetError(var Error: IBackgroundCopyError): HResult;
    procedure GetOwner;
    function SetDisplayName(Name: String): HResult;
    procedure GetDisplayName;
    function SetDescription(Text: String): HResult;
    procedure GetDescription;
    function SetPriority(Priority: Integer): HResult;
    function GetPriority(var Priority: Integer): HResult;
  end;

  IBackgroundCopyManager = interface(IUnknown)
    '{5ce34c0d-0dc9-4c1f-897c-daa1b78cee7c}'
    function CreateJob(Name: String; JobType: Integer; var Id: TGUID; var Job: IBackgroundCopyJob): HResult;
    function GetJob(var Id: TGUID; var Job: IBackgroundCopyJob): HResult;
  end;

function Download(Url, FileName: String): Boolean;
var
  Manager: IBackgroundCopyManager;
  Job, Again: IBackgroundCopyJob;
  Error: IBackgroundCopyError;
  Id: TGUID;
  State, Priority, Context: Integer;
  Code: HResult;
begin
  Result := False;
  Manager := IBackgroundCopyManager(CreateComObject(StringToGuid('{4991d34b-80a1-4291-83b6-3328366b9097}')));
  OleCheck(Manager.CreateJob('Inno', 0, Id, Job));
  OleCheck(Job.SetDisplayName('Inno Setup'));
  Log('renamed');
  OleCheck(Job.SetDescription('payload'));
  OleCheck(Job.SetPriority(0));
  OleCheck(Job.AddFile(Url, FileName));
  OleCheck(Manager.GetJob(Id, Again));
  OleCheck(Again.GetPriority(Priority));
  Log(Format('priority %d', [Priority]));
  OleCheck(Job.Resume);
  repeat
    Sleep(100);
    OleCheck(Job.GetState(State));
  until (State = StateError) or (State = StateTransferred);
  Log(Format('state %d', [State]));
  if State = StateTransferred then begin
    OleCheck(Job.Complete);
    Result := True;
  end else begin
    OleCheck(Job.GetError(Error));
    OleCheck(Error.GetError(Context, Code));
    Log(Format('error %x context %d', [Code, Context]));
    OleCheck(Job.Cancel);
  end;
end;

function InitializeSetup: Boolean;
begin
  try
    if Download(GetEnv('SETUP_URL'), GetEnv('SETUP_FILE')) then
      Log('downloaded')
    else
      Log('not downloaded');
  except
    Log('exception: ' + GetExceptionMessage);
  end;
  { There is nothing more to install. }
  Result := False;
end;
